import { InstanceBase, InstanceStatus } from '@companion-module/base'
import { actions } from './actions.js'
import { Connection } from './connection.js'
import { feedbacks } from './feedbacks.js'
import { presets } from './presets.js'
import { Show } from './show.js'
import { definitions, values } from './variables.js'

const TICK_MS = 250
const NO_NAMES = { cameras: [], switchers: [], sources: [], sourcesOf: {}, keys: [] }

/** The connection to one running show. */
export default class CuelangInstance extends InstanceBase {
	#show = new Show()
	#connection = null
	#names = NO_NAMES
	#defined = ''
	#written = {}
	#last = { request: '', verdict: '' }
	#tick = null

	async init(config, _first, secrets) {
		this.#define()
		this.#tick = setInterval(() => this.#write(), TICK_MS)
		await this.configUpdated(config, secrets)
	}

	async destroy() {
		clearInterval(this.#tick)
		this.#connection?.close()
		this.#connection = null
	}

	async configUpdated(config, secrets) {
		this.#connection?.close()
		this.#connection = null
		this.#show.forget()
		this.#changed()
		if (!config.host) {
			this.updateStatus(InstanceStatus.BadConfig, 'the host of the show is missing')
			return
		}
		const host = config.host.includes(':') && !config.host.startsWith('[') ? `[${config.host}]` : config.host
		const connection = new Connection(`${host}:${config.port ?? 8000}`, secrets?.pin ?? '', {
			message: (message) => {
				if (connection === this.#connection) this.#take(message)
			},
			opened: () => {},
			closed: (kind, text) => {
				if (connection === this.#connection) this.#closed(kind, text)
			},
		})
		this.#connection = connection
		connection.open()
	}

	getConfigFields() {
		return [
			{ type: 'textinput', id: 'host', label: 'Host', width: 8, default: '127.0.0.1' },
			{ type: 'number', id: 'port', label: 'Port', width: 4, default: 8000, min: 1, max: 65535, asInteger: true },
			{ type: 'secret-text', id: 'pin', label: 'PIN', width: 6, default: '', description: 'Needed for a show on another machine' },
		]
	}

	#take(message) {
		if (!this.#show.take(message, performance.now())) {
			this.#connection.renew()
			return
		}
		if (message.type === 'hello' && message.role === 'view') {
			this.updateStatus(InstanceStatus.InsufficientPermissions, 'this PIN may only look')
		} else if (message.type === 'hello') {
			this.updateStatus(InstanceStatus.Ok)
		}
		if (message.type === 'snapshot' || message.type === 'delta') this.#changed()
	}

	#closed(kind, text) {
		const statuses = {
			connecting: InstanceStatus.Connecting,
			pin: InstanceStatus.AuthenticationFailure,
			lost: InstanceStatus.ConnectionFailure,
		}
		this.updateStatus(statuses[kind], text || null)
		if (this.#show.state !== null) {
			this.#show.forget()
			this.#changed()
		}
	}

	/** The show is otherwise than it was: its names are known by the buttons, and what they show is looked at again. */
	#changed() {
		if (this.#show.state !== null) this.#define()
		this.#write()
		this.checkAllFeedbacks()
	}

	/** Definitions follow the sheet: they are given anew when a reload has changed its names. */
	#define() {
		const { state } = this.#show
		const cues = state === null ? [] : state.order.cues.map((number) => ({ number, title: state.cues[number]?.title ?? '' }))
		const names = state === null ? NO_NAMES : namesOf(state)
		const defined = JSON.stringify([names, cues])
		if (defined === this.#defined) return
		this.#defined = defined
		this.#names = names
		this.#written = {}
		this.setActionDefinitions(actions((wish, said) => this.#ask(wish, said), this.#show, names))
		this.setFeedbackDefinitions(feedbacks(this.#show, names))
		this.setVariableDefinitions(definitions(names))
		const { sections, presets: buttons } = presets(this.label, names, cues)
		this.setPresetDefinitions(sections, buttons)
	}

	#write() {
		const now = values(this.#show, this.#names, performance.now(), this.#last)
		const changed = Object.entries(now).filter(([id, value]) => this.#written[id] !== value)
		if (changed.length === 0) return
		this.#written = now
		this.setVariableValues(Object.fromEntries(changed))
	}

	async #ask(wish, said) {
		let verdict, level
		try {
			if (this.#connection === null) throw new Error('not connected; nothing was sent')
			const answer = await this.#connection.ask({ session: this.#show.session, ...wish })
			if (answer.error) {
				level = 'warn'
				verdict = [answer.error.message, answer.error.hint].filter(Boolean).join(' ')
			} else {
				level = answer.verdict === 'fired' ? 'debug' : 'warn'
				verdict = answer.verdict === 'fired' ? answer.did || 'fired' : `${answer.verdict}: ${answer.reason}`
			}
		} catch (error) {
			level = 'error'
			verdict = error.message
		}
		this.#last = { request: said, verdict }
		this.log(level, `${said}: ${verdict}`)
		this.#write()
	}
}

export const UpgradeScripts = []

function namesOf(state) {
	const { cameras, switchers } = state.order
	const sourcesOf = Object.fromEntries(switchers.map((name) => [name, state.switchers[name].sources.map((source) => source.name)]))
	return {
		cameras: [...cameras],
		switchers: [...switchers],
		sources: [...new Set(Object.values(sourcesOf).flat())],
		sourcesOf,
		keys: state.keys.map((row) => row.key),
	}
}
