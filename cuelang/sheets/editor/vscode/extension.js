"use strict";
// Starts `cuelang lsp`, which knows the language; this side only speaks the protocol with it.
const vscode = require("vscode");
const { LanguageClient } = require("./vendor/languageclient.js");

let client;

async function start() {
    const command = vscode.workspace.getConfiguration("cuelang").get("path") || "cuelang";
    client = new LanguageClient(
        "cuelang",
        "cuelang",
        { command, args: ["lsp"] },
        {
            documentSelector: [{ language: "cuelang" }],
            synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.cues") },
        },
    );
    try {
        await client.start();
    } catch (error) {
        vscode.window.showErrorMessage(
            `“${command} lsp” did not start: ${error.message || error}. ` +
                'Install it (pip install "cuelang[lsp]"), or set `cuelang.path`.',
        );
    }
}

async function stop() {
    const before = client;
    client = undefined;
    if (before && before.needsStop()) await before.stop();
}

exports.activate = async (context) => {
    context.subscriptions.push(
        vscode.workspace.onDidChangeConfiguration(async (event) => {
            if (event.affectsConfiguration("cuelang.path")) {
                await stop();
                await start();
            }
        }),
    );
    await start();
};

exports.deactivate = stop;
