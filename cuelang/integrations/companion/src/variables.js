// What a button can write.

import { clock, leftOf } from './show.js'

const FIXED = {
	standby_number: 'Standby: number',
	standby_title: 'Standby: title',
	standby_text: 'Standby: text',
	go_label: 'What GO does now',
	go_after: 'What comes after it',
	running: 'Running cues',
	running_number: 'Newest running cue: number',
	running_title: 'Newest running cue: title',
	running_left: 'Newest running cue: time left',
	follow_cue: 'The cue that fires by itself',
	follow_in: 'When it does',
	next_time: 'Next scheduled firing: time',
	next_what: 'Next scheduled firing: what',
	next_in: 'Next scheduled firing: time left',
	show: 'Title of the show',
	show_mode: 'Show mode',
	off_air: 'Off air',
	paused: 'Everything is paused',
	alarms: 'Alarms that wait',
	last_request: 'The last request',
	last_verdict: 'What became of it',
}

/** A name of the sheet as part of a variable's name: those take letters, digits, - and _ only. */
export function part(name) {
	return name.replace(/[^A-Za-z0-9_-]/g, (letter) => `u${letter.codePointAt(0).toString(16)}`)
}

export function definitions(names) {
	const found = Object.fromEntries(Object.entries(FIXED).map(([id, name]) => [id, { name }]))
	for (const camera of names.cameras) {
		for (const what of ['tally', 'link', 'doing']) {
			found[`camera_${part(camera)}_${what}`] = { name: `Camera ${camera}: ${what}` }
		}
	}
	for (const switcher of names.switchers) {
		for (const bus of ['program', 'preview']) {
			found[`switcher_${part(switcher)}_${bus}`] = { name: `Switcher ${switcher}: ${bus}` }
		}
	}
	return found
}

/** All values; those of a show that is not connected are empty. */
export function values(show, names, now, last) {
	const { state } = show
	const found = Object.fromEntries(Object.keys(definitions(names)).map((id) => [id, '']))
	found.last_request = last.request
	found.last_verdict = last.verdict
	if (state === null) return found
	const at = show.at(now)
	const standby = state.standby === null ? undefined : state.cues[state.standby]
	Object.assign(found, {
		standby_number: state.standby ?? '',
		standby_title: standby?.title ?? '',
		standby_text: standby?.standby_text ?? '',
		go_label: state.go.label,
		go_after: state.go.after,
		show: state.show.title,
		show_mode: state.show_mode,
		off_air: state.air.off_air,
		paused: state.pause_does === 'resume',
		alarms: state.alarms.length,
	})
	const runs = show.runs().filter((run) => run.cue !== '')
	found.running = runs.map((run) => run.cue).join(' ')
	if (runs.length > 0) {
		const left = leftOf(runs[0], at)
		found.running_number = runs[0].cue
		found.running_title = runs[0].title
		found.running_left = left === null ? '' : clock(left)
	}
	const follows = Object.values(state.follows).filter((follow) => follow.due_ms !== null)
	follows.sort((a, b) => a.due_ms - b.due_ms)
	if (follows.length > 0) {
		found.follow_cue = follows[0].next
		found.follow_in = clock(Math.max(0, follows[0].due_ms - at))
	}
	if (state.next_firing !== null) {
		const { at: when, action, skipped } = state.next_firing
		found.next_time = when.slice(11, 19)
		found.next_what = skipped ? `${action} (skipped)` : action
		found.next_in = clock(Math.max(0, Date.parse(when) - Date.parse(show.wall) - (now - show.asOf)))
	}
	for (const row of Object.values(state.cameras)) {
		found[`camera_${part(row.name)}_tally`] = row.tally ?? 'unknown'
		found[`camera_${part(row.name)}_link`] = row.link
		found[`camera_${part(row.name)}_doing`] = row.doing
	}
	for (const row of Object.values(state.switchers)) {
		found[`switcher_${part(row.name)}_program`] = row.program ?? ''
		found[`switcher_${part(row.name)}_preview`] = row.preview ?? ''
	}
	return found
}
