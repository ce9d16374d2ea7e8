// Loads the extension with its client library and a VS Code that is not there; prints what the client was made with.
const Module = require("module");
const [folder] = process.argv.slice(2);
const said = [];

const anything = () =>
    new Proxy(function () {}, {
        get: (_, name) => (name === Symbol.toPrimitive ? () => "" : name === "then" ? undefined : anything()),
        apply: () => anything(),
        construct: () => anything(),
    });
class Base {}
const vscode = new Proxy(
    {
        workspace: {
            getConfiguration: () => ({ get: () => "/opt/cuelang" }),
            createFileSystemWatcher: (pattern) => pattern,
            onDidChangeConfiguration: () => ({ dispose() {} }),
        },
        window: { showErrorMessage: (text) => said.push(text) },
    },
    { get: (known, name) => known[name] ?? (/^[A-Z]/.test(String(name)) ? Base : anything()) },
);
const load = Module._load;
Module._load = (name, ...rest) => {
    if (name === "vscode") return vscode;
    const found = load(name, ...rest);
    if (!name.endsWith("vendor/languageclient.js")) return found;
    said.push(typeof found.LanguageClient);
    return {
        LanguageClient: class {
            constructor(...given) {
                said.push(given);
            }
            start() {
                return Promise.reject(new Error("not found"));
            }
            needsStop() {
                return false;
            }
        },
    };
};
const extension = require(`${folder}/extension.js`);
extension
    .activate({ subscriptions: [] })
    .then(() => extension.deactivate())
    .then(() => console.log(JSON.stringify(said)));
