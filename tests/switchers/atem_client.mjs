// npm's atem-connection as a client: connects, follows the state, cuts, and prints what it saw, a JSON line each.
// node atem_client.mjs PATH-TO-PACKAGE HOST PORT
import { createRequire } from 'node:module'
const [path, host, port] = process.argv.slice(2)
const { Atem } = createRequire(import.meta.url)(path)
const atem = new Atem()
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n')
const buses = () => { const me = atem.state.video.mixEffects[0]; return [me.programInput, me.previewInput] }
const pause = (ms) => new Promise((done) => setTimeout(done, ms))
atem.on('error', (error) => say({ error: String(error) }))
atem.on('connected', async () => {
	try {
		say({ connected: atem.state.info.productIdentifier, buses: buses(), names: Object.values(atem.state.inputs).map((each) => each.longName) })
		await atem.changePreviewInput(3); await pause(100); say({ preview: buses() })
		await atem.cut(); await pause(100); say({ cut: buses() })
		await atem.changeProgramInput(2); await pause(100); say({ program: buses() })
		await atem.changePreviewInput(1)
		await atem.setMixTransitionSettings({ rate: 25 })
		await atem.autoTransition(); await pause(250)
		say({ mixing: atem.state.video.mixEffects[0].transitionPosition.inTransition })
		await pause(500); say({ mixed: buses(), running: atem.state.video.mixEffects[0].transitionPosition.inTransition })
		await atem.disconnect()
	} catch (error) { say({ error: String(error) }) }
	process.exit(0)
})
atem.connect(host, Number(port))
setTimeout(() => { say({ error: 'no connection' }); process.exit(1) }, 15000)
