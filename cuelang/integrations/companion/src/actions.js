// What a button can ask for. Each becomes one wish of the page's protocol.

const CUE = { type: 'textinput', id: 'cue', label: 'Cue', default: '', useVariables: true }
const ONE = { ...CUE, label: 'Cue (empty: all)' }

/** The definitions for a show with these `names`: { cameras, switchers, sources, keys }. `ask(wish, said)` does it. */
export function actions(ask, show, names) {
	const camera = choice('camera', 'Camera', names.cameras)
	const switcher = choice('switcher', 'Switcher', names.switchers)
	const source = choice('source', 'Source', names.sources)
	const on = (options) => (options.switcher ? { switcher: options.switcher } : {})
	const plain = (name, verb, description) => ({ name, description, options: [], callback: () => ask({ verb }, verb) })
	const ofCue = (name, verb, options) => ({
		name,
		options,
		callback: ({ options: { cue } }) => ask(cue ? { verb, cue: word(cue) } : { verb }, `${verb} ${cue ?? ''}`.trim()),
	})
	return {
		go: {
			name: 'GO',
			description: 'Fire the cue on standby, or release the cue that waits for GO',
			options: [
				{
					type: 'checkbox',
					id: 'shown',
					label: 'Only what the button shows: refused if the show has gone on meanwhile',
					default: true,
				},
			],
			callback: ({ options }) => ask({ verb: 'go', ...(options.shown ? seen(show) : {}) }, 'go'),
		},
		go_cue: ofCue('GO of one cue', 'go', [CUE]),
		start_cue: ofCue('Start one cue; standby stays', 'start', [CUE]),
		standby: ofCue('Put a cue on standby', 'standby', [{ ...CUE, default: 'next' }]),
		back: plain('Back: standby is the cue before', 'back'),
		stop: ofCue('Stop', 'stop', [ONE]),
		pause: ofCue('Pause', 'pause', [ONE]),
		resume: ofCue('Resume', 'resume', [ONE]),
		pause_or_resume: {
			name: 'Pause or resume, whichever it is for',
			options: [],
			callback: () => {
				const verb = show.state?.pause_does ?? 'pause'
				return ask({ verb }, verb)
			},
		},
		panic: plain('PANIC: end every cue, stop every camera', 'panic'),
		locate: {
			name: 'Set up for a cue (locate)',
			description: 'The first press says what would move; the same again within 5 s does it',
			options: [
				CUE,
				{ type: 'textinput', id: 'at', label: 'So long into it (empty: before it)', default: '', useVariables: true },
				{ type: 'checkbox', id: 'live', label: 'Cameras on program too', default: false },
			],
			callback: ({ options: { cue, at, live } }) =>
				ask(
					{ verb: 'locate', cue: word(cue), ...(at ? { at: word(at) } : {}), ...(live ? { live: true } : {}) },
					`locate ${cue}`
				),
		},
		cut: {
			name: 'Cut to a source',
			options: [source, switcher],
			callback: ({ options }) => ask({ verb: 'cut', source: options.source, ...on(options) }, `cut ${options.source}`),
		},
		preview: {
			name: 'Put a source on preview',
			options: [source, switcher],
			callback: ({ options }) =>
				ask({ verb: 'preview', source: options.source, ...on(options) }, `preview ${options.source}`),
		},
		take: {
			name: 'CUT: what is on preview goes to program',
			options: [switcher],
			callback: ({ options }) => ask({ verb: 'take', ...on(options) }, 'take'),
		},
		auto: {
			name: 'AUTO: the same by a mix',
			options: [{ type: 'number', id: 'over', label: 'Seconds', default: 1, min: 0.05, max: 20, step: 0.05 }, switcher],
			callback: ({ options }) => ask({ verb: 'auto', over: Number(options.over), ...on(options) }, 'auto'),
		},
		recover: {
			name: 'Recover a camera: put it back to what the show last asked of it',
			options: [camera, { type: 'checkbox', id: 'live', label: 'Also on program', default: false }],
			callback: ({ options }) =>
				ask(
					{ verb: 'statement', camera: options.camera, text: options.live ? 'recover live' : 'recover' },
					`recover ${options.camera}`
				),
		},
		statement: {
			name: 'One statement to a camera',
			description: 'As in a sheet, without the camera: “zoom to 50% over 2s”',
			options: [camera, { type: 'textinput', id: 'text', label: 'Statement', default: '', useVariables: true }],
			callback: ({ options }) =>
				ask({ verb: 'statement', camera: options.camera, text: word(options.text) }, `${options.camera}: ${options.text}`),
		},
		key: {
			name: 'A key of the sheet',
			options: [choice('key', 'Key', names.keys)],
			callback: ({ options }) => ask({ verb: 'key', key: options.key }, `key ${options.key}`),
		},
		show_mode: {
			name: 'Show mode',
			options: [
				{
					type: 'dropdown',
					id: 'to',
					label: 'Show mode',
					default: 'toggle',
					choices: ['on', 'off', 'toggle'].map((id) => ({ id, label: id })),
				},
			],
			callback: ({ options }) => {
				const lock = options.to === 'toggle' ? !show.state?.show_mode : options.to === 'on'
				return ask({ verb: lock ? 'lock' : 'unlock' }, lock ? 'lock' : 'unlock')
			},
		},
		skip: plain('Leave out the next scheduled firing, or take that back', 'skip'),
		seen: plain('Acknowledge the alarms', 'seen'),
		done: plain('The first prompt of cutting by hand is done', 'done'),
	}
}

/** What the operator sees: GO is refused if it would do something else by now. */
function seen(show) {
	const { go, standby } = show.state ?? {}
	if (go === undefined) return {}
	return { ...(standby === null ? {} : { expect: standby }), releases: go.does === 'releases' ? go.cue : 'nothing' }
}

function word(value) {
	return String(value ?? '').trim()
}

/** A list to choose from, open for a name that is only known later. */
function choice(id, label, names) {
	return {
		type: 'dropdown',
		id,
		label,
		default: names[0] ?? '',
		choices: names.map((name) => ({ id: name, label: name })),
		allowCustom: true,
	}
}
