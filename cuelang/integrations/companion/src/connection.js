// The way to the show: `/api/me` says who the PIN makes us, `/ws` carries everything else.

const SILENT_MS = 4000
const RETRY_MS = [500, 1000, 2000, 5000]
// A wrong PIN does not become right by being tried again; the show may be started anew with another.
const WRONG_PIN_MS = 15000
const ANSWER_MS = 10000
const LOGIN_MS = 10000

/**
 * One connection that is opened again until it is closed. Calls back:
 * `message(object)`, `opened()`, `closed(kind, text)`; kind: connecting | pin | lost.
 */
export class Connection {
	#where
	#pin
	#back
	#socket = null
	#timer = null
	#watch = null
	#attempts = 0
	#over = false
	#waiting = new Map()

	constructor(where, pin, back) {
		this.#where = where
		this.#pin = pin
		this.#back = back
	}

	open() {
		this.#try()
	}

	close() {
		this.#over = true
		clearTimeout(this.#timer)
		this.#drop('the connection was closed')
	}

	/** Begin anew: what came does not fit what is known. */
	renew() {
		this.#lost('lost', 'a change of the show was missed')
	}

	get isOpen() {
		return this.#socket?.readyState === WebSocket.OPEN
	}

	/** Ask for something; resolves to the show's answer. Nothing is kept for later: rejects at once without connection. */
	ask(wish) {
		if (!this.isOpen) return Promise.reject(new Error('not connected; nothing was sent'))
		const id = crypto.randomUUID()
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.#waiting.delete(id)
				reject(new Error('no answer; whether it was done is not known'))
			}, ANSWER_MS)
			this.#waiting.set(id, { resolve, reject, timer })
			this.#socket.send(JSON.stringify({ type: 'do', id, ...wish }))
		})
	}

	async #try() {
		this.#back.closed('connecting', '')
		const headers = this.#pin ? { Authorization: `Bearer ${this.#pin}` } : {}
		let me
		try {
			const answer = await fetch(`http://${this.#where}/api/me`, { headers, signal: AbortSignal.timeout(LOGIN_MS) })
			me = await answer.json()
			if (['wrong_pin', 'slow_down'].includes(me.error?.code)) {
				if (!this.#over) this.#lost('pin', me.error.message)
				return
			}
			if (!answer.ok) throw new Error(me.error?.message ?? `HTTP ${answer.status}`)
			if (!('role' in me)) throw new Error('what answers there is not a show of cuelang')
		} catch (error) {
			if (!this.#over) this.#lost('lost', reason(error))
			return
		}
		if (this.#over) return
		if (me.role === null) {
			this.#lost('pin', 'this show needs a PIN')
			return
		}
		const socket = new WebSocket(`ws://${this.#where}/ws`, { headers })
		this.#socket = socket
		socket.onopen = () => {
			if (socket !== this.#socket) return
			this.#attempts = 0
			this.#heard()
			this.#back.opened()
		}
		socket.onmessage = (event) => {
			if (socket === this.#socket) this.#take(event.data)
		}
		socket.onclose = (event) => {
			if (socket === this.#socket) this.#lost('lost', event.reason || 'the connection was closed')
		}
		socket.onerror = () => {}
	}

	#take(text) {
		this.#heard()
		let message
		try {
			message = JSON.parse(text)
		} catch {
			this.#lost('lost', 'what answers there is not a show of cuelang')
			return
		}
		if (message.type !== 'answer') {
			this.#back.message(message)
			return
		}
		const asked = this.#waiting.get(message.id)
		if (asked === undefined) return
		this.#waiting.delete(message.id)
		clearTimeout(asked.timer)
		asked.resolve(message)
	}

	/** A show says something every second; one that is silent is not there any more, whatever the socket says. */
	#heard() {
		clearTimeout(this.#watch)
		this.#watch = setTimeout(() => this.#lost('lost', 'nothing is heard from the show'), SILENT_MS)
	}

	#drop(why) {
		clearTimeout(this.#watch)
		const socket = this.#socket
		this.#socket = null
		socket?.close()
		for (const { reject, timer } of this.#waiting.values()) {
			clearTimeout(timer)
			reject(new Error(`${why}; whether it was done is not known`))
		}
		this.#waiting.clear()
	}

	#lost(kind, text) {
		this.#drop(text)
		this.#back.closed(kind, text)
		if (this.#over) return
		const wait = kind === 'pin' ? WRONG_PIN_MS : RETRY_MS[Math.min(this.#attempts, RETRY_MS.length - 1)]
		this.#attempts += 1
		clearTimeout(this.#timer)
		this.#timer = setTimeout(() => this.#try(), wait)
	}
}

function reason(error) {
	return error.cause?.message || error.cause?.code || error.message
}
