"""The editors' side: an extension for VS Code, and the lines for Neovim. Both only start `cuelang lsp`."""

from __future__ import annotations

import io
import json
import textwrap
import zipfile
from importlib.resources import files
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from cuelang import __version__
from cuelang.sheets.editor.grammar import textmate_text, words

ENGINE = "^1.82.0"
"""The oldest VS Code that the bundled client library runs in."""
ABOUT = "Cue sheets for PTZ cameras: mistakes as you type, completion, arrival times, rename, format."

_PARTS = (
    "LICENSE.txt",
    "extension.js",
    "language-configuration.json",
    "snippets.json",
    "vendor/languageclient.js",
    "vendor/LICENSES.txt",
)


def _part(name: str) -> str:
    return files("cuelang.sheets.editor").joinpath("vscode", *name.split("/")).read_text("utf-8")


def package() -> dict[str, Any]:
    """The extension's manifest."""
    return {
        "name": "cuelang",
        "displayName": "cuelang",
        "description": ABOUT,
        "version": __version__,
        "publisher": "cuelang",
        "license": "MIT",
        "engines": {"vscode": ENGINE},
        "categories": ["Programming Languages", "Formatters", "Linters"],
        "keywords": ["ptz", "camera", "cue", "show control", "visca"],
        "main": "./extension.js",
        "activationEvents": ["onLanguage:cuelang"],
        "capabilities": {
            "untrustedWorkspaces": {
                "supported": "limited", "restrictedConfigurations": ["cuelang.path"],
                "description": "A folder that is not trusted cannot choose which program is started.",
            },
            "virtualWorkspaces": False,
        },
        "contributes": {
            "languages": [{
                "id": "cuelang", "aliases": ["Cue sheet", "cuelang"], "extensions": [".cues"],
                "configuration": "./language-configuration.json",
            }],
            "grammars": [{"language": "cuelang", "scopeName": "source.cuelang", "path": "./cuelang.tmLanguage.json"}],
            "snippets": [{"language": "cuelang", "path": "./snippets.json"}],
            "configuration": {
                "title": "cuelang",
                "properties": {"cuelang.path": {
                    "type": "string", "default": "cuelang", "scope": "machine-overridable",
                    "markdownDescription": "The program `cuelang`, if it is not on the path.",
                }},
            },
        },
    }  # fmt: skip


def vsix() -> bytes:
    """The extension as a file that VS Code installs."""
    manifest = package()
    parts = {
        "extension.vsixmanifest": _vsix_manifest(manifest),
        "[Content_Types].xml": _content_types(),
        "extension/package.json": json.dumps(manifest, indent=4, ensure_ascii=False) + "\n",
        "extension/cuelang.tmLanguage.json": textmate_text(),
        "extension/readme.md": _readme(),
        **{f"extension/{name}": _part(name) for name in _PARTS},
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            about = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))  # the same bytes each time
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            archive.writestr(about, text)
    return made.getvalue()


def _readme() -> str:
    return f'# cuelang\n\n{ABOUT}\n\nInstall the program, with the language server: `pip install "cuelang[lsp]"`.\n'


def _content_types() -> str:
    kinds = {
        ".json": "application/json", ".vsixmanifest": "text/xml", ".js": "application/javascript",
        ".md": "text/markdown", ".txt": "text/plain",
    }  # fmt: skip
    rows = "".join(f'<Default Extension="{end}" ContentType="{kind}"/>' for end, kind in kinds.items())
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{rows}</Types>\n'
    )


def _vsix_manifest(manifest: dict[str, Any]) -> str:
    code = "Microsoft.VisualStudio"
    properties = {
        f"{code}.Code.Engine": ENGINE, f"{code}.Code.ExtensionDependencies": "", f"{code}.Code.ExtensionPack": "",
        f"{code}.Code.ExtensionKind": "workspace", f"{code}.Code.LocalizedLanguages": "",
        f"{code}.Code.ExecutesCode": "true",
    }  # fmt: skip
    assets = {
        f"{code}.Code.Manifest": "extension/package.json",
        f"{code}.Services.Content.Details": "extension/readme.md",
        f"{code}.Services.Content.License": "extension/LICENSE.txt",
    }
    shown = "".join(f"<Property Id={quoteattr(name)} Value={quoteattr(value)}/>" for name, value in properties.items())
    listed = "".join(f'<Asset Type="{kind}" Path="{path}" Addressable="true"/>' for kind, path in assets.items())
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011"'
        ' xmlns:d="http://schemas.microsoft.com/developer/vsx-schema-design/2011">'
        f'<Metadata><Identity Language="en-US" Id="{manifest["name"]}" Version={quoteattr(manifest["version"])}'
        f' Publisher="{manifest["publisher"]}"/><DisplayName>{escape(manifest["displayName"])}</DisplayName>'
        f'<Description xml:space="preserve">{escape(ABOUT)}</Description>'
        f"<Tags>{escape(','.join(manifest['keywords']))},__ext_cues</Tags>"
        f"<Categories>{escape(','.join(manifest['categories']))}</Categories>"
        f"<GalleryFlags>Public</GalleryFlags><Properties>{shown}</Properties>"
        "<License>extension/LICENSE.txt</License></Metadata>"
        f'<Installation><InstallationTarget Id="{code}.Code"/></Installation><Dependencies/>'
        f"<Assets>{listed}</Assets></PackageManifest>\n"
    )


NEOVIM = """\
-- cuelang in Neovim, 0.7 or newer: put this into init.lua, or into plugin/cuelang.lua of its folder.
local server = {{ name = "cuelang", cmd = {{ "cuelang", "lsp" }} }}
local started

local function colours()
    -- Newer editors colour names by what they are, too; this is for what is certain.
{keywords}
    vim.cmd([[syntax match cuelangNumber /\\v<\\d[0-9.:;a-zA-Z%-]*/]])
    vim.cmd([[syntax region cuelangText start=/"/ skip=/\\\\./ end=/"/ oneline]])
    vim.cmd([[syntax match cuelangComment /#.*$/]])
    for group, as in pairs({{ Keyword = "Keyword", Word = "Identifier", Property = "Type", Constant = "Constant",
                             Number = "Number", Text = "String", Comment = "Comment" }}) do
        vim.cmd("highlight default link cuelang" .. group .. " " .. as)
    end
end

local function key(mode, keys, action)
    vim.keymap.set(mode, keys, action, {{ buffer = true, silent = true }})
end

vim.api.nvim_create_autocmd({{ "BufRead", "BufNewFile" }}, {{
    pattern = "*.cues",
    callback = function() vim.bo.filetype = "cuelang" end,
}})

vim.api.nvim_create_autocmd("FileType", {{
    pattern = "cuelang",
    callback = function(about)
        vim.bo.commentstring = "# %s"
        vim.bo.expandtab, vim.bo.shiftwidth, vim.bo.softtabstop = true, 4, 4
        vim.bo.omnifunc = "v:lua.vim.lsp.omnifunc" -- <C-x><C-o> completes
        vim.schedule(function() -- later, for `syntax on` would clear them
            if vim.api.nvim_buf_is_valid(about.buf) then vim.api.nvim_buf_call(about.buf, colours) end
        end)
        local folder = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(about.buf), ":p:h")
        local config = vim.tbl_extend("force", server, {{ root_dir = folder }})
        if vim.lsp.start then
            vim.lsp.start(config)
        else
            started = started or vim.lsp.start_client(config)
            vim.lsp.buf_attach_client(about.buf, started)
        end
        key("n", "K", function() vim.lsp.buf.hover() end)
        key("n", "gd", function() vim.lsp.buf.definition() end)
        key("n", "gr", function() vim.lsp.buf.references() end)
        key("n", "<F2>", function() vim.lsp.buf.rename() end)
        key("n", "<F4>", function() vim.lsp.buf.code_action() end)
        key("n", "<F6>", function()
            if vim.lsp.buf.format then vim.lsp.buf.format() else vim.lsp.buf.formatting_sync(nil, 2000) end
        end)
    end,
}})
"""


def neovim() -> str:
    """The lines for a Neovim configuration."""
    kinds = words()
    groups = (
        ("Keyword", kinds["control"]), ("Word", kinds["other"]),
        ("Property", (*kinds["setting"], *kinds["property"])), ("Constant", kinds["constant"]),
    )  # fmt: skip
    rows = [
        f"    vim.cmd([[syntax keyword cuelang{group} {row}]])"
        for group, listed in groups
        for row in textwrap.wrap(" ".join(listed), 80)
    ]
    return NEOVIM.format(keywords="\n".join(rows))
