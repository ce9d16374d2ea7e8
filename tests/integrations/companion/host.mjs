// A host for one connection, as Companion is one: it makes an instance of the module and answers what a test asks.
// node host.mjs MODULE, then a JSON object a line: {"configure": {…}, "secrets": {…}} {"press": action, "options": {…}}
// {"look": true} {"feedback": id, "options": {…}} {"preset": id} {"end": true}. Each is answered by a line.
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const { default: Instance } = await import(pathToFileURL(process.argv[2]))
const held = { status: null, actions: {}, feedbacks: {}, presets: {}, sections: [], variables: {}, defined: {}, checks: 0, faults: [] }
const context = {
	_isInstanceContext: true,
	id: 'connection-1',
	label: 'cuelang',
	upgradeScripts: [],
	sharedUdpSocketHandlers: new Map(),
	saveConfig() {},
	updateStatus(status, message) {
		held.status = { status, message }
	},
	setActionDefinitions(actions) {
		held.actions = actions
	},
	setFeedbackDefinitions(feedbacks) {
		held.feedbacks = feedbacks
	},
	setPresetDefinitions(sections, presets) {
		held.sections = sections
		held.presets = presets
	},
	setVariableDefinitions(defined) {
		held.defined = defined
	},
	setVariableValues(values) {
		for (const id of Object.keys(values)) {
			if (!(id in held.defined)) held.faults.push(`variable ${id} is not defined`)
			if (!/^[A-Za-z0-9_-]+$/.test(id)) held.faults.push(`variable ${id} cannot be named`)
		}
		Object.assign(held.variables, values)
	},
	getVariableValue: (id) => held.variables[id],
	checkAllFeedbacks() {
		held.checks += 1
	},
	checkFeedbacks() {},
	checkFeedbacksById() {},
	subscribeActions() {},
	unsubscribeActions() {},
	unsubscribeFeedbacks() {},
	recordAction() {},
	oscSend() {},
}

const instance = new Instance(context)
const press = async (actionId, options) => {
	const action = held.actions[actionId]
	const defaults = Object.fromEntries(action.options.map((option) => [option.id, option.default]))
	await action.callback({ id: '1', controlId: '1', actionId, options: { ...defaults, ...options } }, {})
}
let running = false
for await (const line of createInterface({ input: process.stdin })) {
	const asked = JSON.parse(line)
	let answer = {}
	try {
		if (asked.configure) {
			if (running) await instance.configUpdated(asked.configure, asked.secrets)
			else await instance.init(asked.configure, true, asked.secrets)
			running = true
		} else if (asked.press) {
			await press(asked.press, asked.options ?? {})
		} else if (asked.feedback) {
			answer.on = held.feedbacks[asked.feedback].callback({ id: '1', feedbackId: asked.feedback, options: asked.options ?? {} }, {})
		} else if (asked.preset) {
			for (const { actionId, options } of held.presets[asked.preset].steps[0].down) await press(actionId, options)
		} else if (asked.end) {
			await instance.destroy()
		}
		const uses = Object.values(held.presets).flatMap(({ steps, feedbacks }) => [
			...steps[0].down.filter(({ actionId }) => !(actionId in held.actions)).map(({ actionId }) => actionId),
			...feedbacks.filter(({ feedbackId }) => !(feedbackId in held.feedbacks)).map(({ feedbackId }) => feedbackId),
		])
		const listed = held.sections.flatMap(({ definitions }) => definitions.flatMap(({ presets }) => presets))
		answer = {
			...answer,
			status: held.status,
			variables: held.variables,
			actions: Object.keys(held.actions),
			presets: Object.keys(held.presets),
			faults: [...held.faults, ...uses, ...listed.filter((id) => !(id in held.presets))],
		}
	} catch (error) {
		answer = { error: error.stack }
	}
	console.log(`= ${JSON.stringify(answer)}`)
	if (asked.end) process.exit(0)
}
