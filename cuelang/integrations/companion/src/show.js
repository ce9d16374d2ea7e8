// What a page of the show knows, kept from the messages of `/ws`. The protocol is described in cuelang/web/state.py.

/** The state of one running show. Times of the show are milliseconds since its start; `now` is any monotonic clock. */
export class Show {
	constructor() {
		this.forget()
	}

	/** Nothing is known: the connection is lost, or there was none yet. */
	forget() {
		this.session = ''
		this.role = null
		this.state = null
		this.seq = 0
		this.elapsed = 0
		this.wall = ''
		this.asOf = 0
	}

	/** Take one message. False: a change has been missed, and a new connection is needed. */
	take(message, now) {
		switch (message.type) {
			case 'hello':
				this.session = message.session
				this.role = message.role
				return true
			case 'snapshot':
				this.state = message.state
				break
			case 'delta':
				if (this.state === null || message.seq !== this.seq + 1) return false
				for (const [name, value] of Object.entries(message.set)) this.state[name] = value
				for (const [name, rows] of Object.entries(message.rows)) {
					for (const [id, row] of Object.entries(rows)) {
						if (row === null) delete this.state[name][id]
						else this.state[name][id] = row
					}
				}
				break
			default:
				return true
		}
		this.seq = message.seq
		this.elapsed = message.clock.elapsed_ms
		this.wall = message.clock.wall
		this.asOf = now
		return true
	}

	/** The time of the show. */
	at(now) {
		return this.elapsed + (now - this.asOf)
	}

	/** The firings under way, the newest first. */
	runs() {
		return this.state === null ? [] : Object.values(this.state.running).sort((a, b) => b.run - a.run)
	}

	/** The run of a cue, or of any; undefined: it does not run. */
	runOf(cue) {
		return this.runs().find((run) => cue === '' || run.cue === cue)
	}

	camera(name) {
		return this.state?.cameras[name]
	}

	/** A switcher by its name; without one, the only or the first of the show. */
	switcher(name) {
		if (this.state === null) return undefined
		return this.state.switchers[name || this.state.order.switchers[0]]
	}
}

/** Milliseconds until a run is done by itself; null: it never is, or nobody can know. */
export function leftOf(run, at) {
	if (run.duration_ms === null || run.waited_ms === null) return null
	const gone = run.paused ? run.elapsed_ms : at - run.zero_ms
	return Math.max(0, run.duration_ms + run.waited_ms - gone)
}

/** 75 000 ms as 1:15, an hour as 1:00:00. Begun seconds count, so that 0:00 means now. */
export function clock(ms) {
	const seconds = Math.ceil(ms / 1000)
	const two = (number) => String(number).padStart(2, '0')
	const minutes = Math.floor(seconds / 60) % 60
	const hours = Math.floor(seconds / 3600)
	return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
