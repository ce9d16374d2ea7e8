// Reads {grammar, sheets} from standard input; prints of each sheet its lines as [text, scopes] pairs.
const fs = require("fs");
const path = require("path");
const { Registry, INITIAL, parseRawGrammar } = require("vscode-textmate");
const oniguruma = require("vscode-oniguruma");

const given = JSON.parse(fs.readFileSync(0, "utf8"));
const wasm = fs.readFileSync(path.join(path.dirname(require.resolve("vscode-oniguruma")), "onig.wasm"));

(async () => {
    await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
    const registry = new Registry({
        onigLib: Promise.resolve({
            createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
            createOnigString: (text) => new oniguruma.OnigString(text),
        }),
        loadGrammar: async () => parseRawGrammar(given.grammar, "cuelang.tmLanguage.json"),
    });
    const grammar = await registry.loadGrammar("source.cuelang");
    const done = given.sheets.map((sheet) => {
        let state = INITIAL;
        return sheet.split("\n").map((line) => {
            const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
            state = ruleStack;
            return tokens.map((token) => [line.slice(token.startIndex, token.endIndex), token.scopes.slice(1)]);
        });
    });
    process.stdout.write(JSON.stringify(done));
})();
