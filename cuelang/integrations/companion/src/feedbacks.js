// What a button can show. All of them are off while the show is not connected.

export const RED = 0xcc0000
export const GREEN = 0x008800
export const AMBER = 0xcc7700
export const GREY = 0x333333
export const WHITE = 0xffffff
export const BLACK = 0x000000

export function feedbacks(show, names) {
	const camera = dropdown('camera', 'Camera', names.cameras, [])
	const bus = dropdown('bus', 'Where', ['program', 'preview'], [])
	const cue = { type: 'textinput', id: 'cue', label: 'Cue (empty: any)', default: '', useVariables: true }
	const boolean = (name, bgcolor, options, callback) => ({
		type: 'boolean',
		name,
		defaultStyle: { bgcolor, color: WHITE },
		options,
		callback: ({ options: chosen }) => show.state !== null && Boolean(callback(chosen)),
	})
	return {
		camera_air: boolean('Camera: on program or preview', RED, [camera, bus], (chosen) => {
			return show.camera(chosen.camera)?.tally === chosen.bus
		}),
		camera_lost: boolean('Camera: the link is lost', AMBER, [dropdown('camera', 'Camera', names.cameras, ['any'])], (chosen) => {
			const rows = chosen.camera === 'any' ? Object.values(show.state.cameras) : [show.camera(chosen.camera)]
			return rows.some((row) => row !== undefined && ['lost', 'silent'].includes(row.link))
		}),
		source_air: boolean(
			'Switcher: a source is on program or preview',
			RED,
			[dropdown('source', 'Source', names.sources, []), bus, dropdown('switcher', 'Switcher', names.switchers, [])],
			(chosen) => show.switcher(chosen.switcher)?.[chosen.bus] === chosen.source
		),
		switcher_lost: boolean(
			'Switcher: the link is lost',
			AMBER,
			[dropdown('switcher', 'Switcher', names.switchers, [])],
			(chosen) => show.switcher(chosen.switcher)?.link === 'lost'
		),
		running: boolean('Cue: runs', GREEN, [cue], (chosen) => show.runOf(word(chosen.cue))?.paused === false),
		paused: boolean('Cue: is paused', AMBER, [cue], (chosen) => show.runOf(word(chosen.cue))?.paused === true),
		standby: boolean('Cue: is on standby', GREEN, [cue], (chosen) => {
			const asked = word(chosen.cue)
			return asked === '' ? show.state.standby !== null : show.state.standby === asked
		}),
		all_paused: boolean('Everything that goes on is held', AMBER, [], () => show.state.pause_does === 'resume'),
		show_mode: boolean('Show mode', GREY, [], () => show.state.show_mode),
		off_air: boolean('Off air', AMBER, [], () => show.state.air.off_air),
		alarm: boolean('An alarm waits', RED, [], () => show.state.alarms.length > 0),
		panicked: boolean('Since the last PANIC no cue was fired', RED, [], () => show.state.panic !== null),
		connected: boolean('The show is connected', GREEN, [], () => true),
	}
}

function word(value) {
	return String(value ?? '').trim()
}

function dropdown(id, label, names, before) {
	const all = [...before, ...names]
	return {
		type: 'dropdown',
		id,
		label,
		default: all[0] ?? '',
		choices: all.map((name) => ({ id: name, label: name })),
		allowCustom: true,
	}
}
