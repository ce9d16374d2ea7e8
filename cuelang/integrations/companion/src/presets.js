// Buttons that are ready to be dragged onto a page.

import { AMBER, BLACK, GREEN, GREY, RED, WHITE } from './feedbacks.js'
import { part } from './variables.js'

const MOST_CUES = 200

/** Sections and buttons for a show with these `names` and `cues` ([{ number, title }]); `label` is the connection's. */
export function presets(label, names, cues) {
	const found = {}
	const put = (id, name, text, bgcolor, steps, feedbacks = [], size = 'auto') => {
		found[id] = {
			type: 'simple',
			name,
			style: { text, size, color: WHITE, bgcolor, show_topbar: false },
			steps: [{ down: steps, up: [] }],
			feedbacks,
		}
		return id
	}
	const act = (actionId, options = {}) => ({ actionId, options })
	const show = (feedbackId, options, bgcolor, color = WHITE) => ({ feedbackId, options, style: { bgcolor, color } })
	const value = (id) => `$(${label}:${id})`
	const lost = show('connected', {}, GREY)
	lost.isInverted = true

	const desk = [
		put('go', 'GO', `${value('go_label')}\\n${value('standby_title')}`, GREEN, [act('go', { shown: true })], [lost]),
		put('back', 'Back', 'BACK', BLACK, [act('back')]),
		put('next', 'Standby: next', 'NEXT', BLACK, [act('standby', { cue: 'next' })]),
		put('pause', 'Pause or resume', 'PAUSE', BLACK, [act('pause_or_resume')], [
			{ ...show('all_paused', {}, AMBER), style: { bgcolor: AMBER, color: WHITE, text: 'RESUME' } },
		]),
		put('stop', 'Stop everything', 'STOP', BLACK, [act('stop', { cue: '' })]),
		put('panic', 'PANIC', 'PANIC', RED, [act('panic')]),
		put('running', 'What runs', `${value('running_number')} ${value('running_title')}\\n${value('running_left')}`, BLACK, [], [
			show('running', { cue: '' }, GREEN),
			show('paused', { cue: '' }, AMBER),
		]),
		put('next_firing', 'Next scheduled firing', `${value('next_time')}\\n${value('next_what')}\\n${value('next_in')}`, BLACK, [
			act('skip'),
		]),
		put('show_mode', 'Show mode', 'SHOW MODE', BLACK, [act('show_mode', { to: 'toggle' })], [show('show_mode', {}, GREEN)]),
		put('alarms', 'Alarms', `ALARMS ${value('alarms')}`, BLACK, [act('seen')], [show('alarm', {}, RED)]),
	]
	const fire = cues.slice(0, MOST_CUES).map(({ number, title }) =>
		put(`go_${number}`, `GO ${number}`, `GO ${number}\\n${title}`, BLACK, [act('go_cue', { cue: number })], [
			show('standby', { cue: number }, GREY),
			show('paused', { cue: number }, AMBER),
			show('running', { cue: number }, GREEN),
		])
	)
	const locate = cues.slice(0, MOST_CUES).map(({ number }) =>
		put(`locate_${number}`, `Set up for ${number}`, `SET UP\\n${number}`, BLACK, [
			act('locate', { cue: number, at: '', live: false }),
		])
	)
	const cameras = names.cameras.map((camera) =>
		put(`camera_${camera}`, camera, `${camera}\\n${value(`camera_${part(camera)}_doing`)}`, BLACK, [], [
			show('camera_air', { camera, bus: 'preview' }, GREEN),
			show('camera_air', { camera, bus: 'program' }, RED),
			show('camera_lost', { camera }, AMBER),
		])
	)
	const recover = names.cameras.map((camera) =>
		put(`recover_${camera}`, `Recover ${camera}`, `RECOVER\\n${camera}`, BLACK, [act('recover', { camera, live: false })], [
			show('camera_lost', { camera }, AMBER),
		])
	)
	const groups = [simple('desk', 'The desk', desk), simple('fire', 'GO of one cue', fire), simple('locate', 'Set up for a cue', locate)]
	const sections = [
		{ id: 'show', name: 'Show', definitions: groups },
		{ id: 'cameras', name: 'Cameras', definitions: [simple('tally', 'Tally', cameras), simple('recover', 'Recover', recover)] },
	]
	for (const switcher of names.switchers) {
		const buttons = (verb, bus, bgcolor) =>
			names.sourcesOf[switcher].map((source) =>
				put(`${verb}_${switcher}_${source}`, `${verb} ${source}`, `${verb.toUpperCase()}\\n${source}`, BLACK, [
					act(verb, { source, switcher }),
				], [show('source_air', { switcher, source, bus }, bgcolor)])
			)
		sections.push({
			id: `switcher_${switcher}`,
			name: `Switcher ${switcher}`,
			definitions: [
				simple(`cut_${switcher}`, 'Program', buttons('cut', 'program', RED)),
				simple(`preview_${switcher}`, 'Preview', buttons('preview', 'preview', GREEN)),
				simple(`take_${switcher}`, 'CUT and AUTO', [
					put(`take_${switcher}`, 'CUT', 'CUT', BLACK, [act('take', { switcher })]),
					put(`auto_${switcher}`, 'AUTO', 'AUTO', BLACK, [act('auto', { over: 1, switcher })]),
				]),
			],
		})
	}
	return { sections, presets: found }
}

function simple(id, name, presets) {
	return { id, type: 'simple', name, presets }
}
