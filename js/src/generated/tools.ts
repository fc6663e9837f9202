// Generated from the Rust types by `cargo xtask types`. Do not edit.

export const TOOLS = [
  {
    "name": "read_file",
    "description": "Read a text file. Long files come in parts.",
    "parameters": {
      "type": "object",
      "properties": {
        "path": { "type": "string", "description": "relative to the workspace" },
        "offset": { "type": "integer", "minimum": 1, "description": "first line, from 1" },
        "limit": { "type": "integer", "minimum": 1, "description": "lines, at most 2000" }
      },
      "required": ["path"]
    }
  },
  {
    "name": "write_file",
    "description": "Write a whole file; parent folders are made. Read an existing file first.",
    "parameters": {
      "type": "object",
      "properties": {
        "path": { "type": "string", "description": "relative to the workspace" },
        "content": { "type": "string" }
      },
      "required": ["path", "content"]
    }
  },
  {
    "name": "edit_file",
    "description": "Replace text in a file. old_string must match exactly and only once.",
    "parameters": {
      "type": "object",
      "properties": {
        "path": { "type": "string", "description": "relative to the workspace" },
        "old_string": { "type": "string" },
        "new_string": { "type": "string" },
        "replace_all": { "type": "boolean" }
      },
      "required": ["path", "old_string", "new_string"]
    }
  },
  {
    "name": "list_files",
    "description": "List files that git does not ignore.",
    "parameters": {
      "type": "object",
      "properties": {
        "path": { "type": "string", "description": "relative to the workspace" },
        "pattern": { "type": "string", "description": "glob, such as **/*.rs" }
      },
      "required": []
    }
  },
  {
    "name": "search",
    "description": "Search file contents by regular expression, line by line.",
    "parameters": {
      "type": "object",
      "properties": {
        "pattern": { "type": "string" },
        "path": { "type": "string", "description": "relative to the workspace" },
        "glob": { "type": "string", "description": "files, such as *.rs" },
        "ignore_case": { "type": "boolean" }
      },
      "required": ["pattern"]
    }
  },
  {
    "name": "execute_bash",
    "description": "Run a shell command in a sandbox. Nothing it starts outlives it.",
    "parameters": {
      "type": "object",
      "properties": {
        "command": { "type": "string" },
        "timeout_ms": { "type": "integer", "minimum": 1, "description": "default 120000, at most 600000" },
        "workdir": { "type": "string", "description": "relative to the workspace" }
      },
      "required": ["command"]
    }
  }
] as const;
