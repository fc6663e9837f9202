// Generated from the Rust types by `cargo xtask types`. Do not edit.

export const SIDECAR_TOOLS = {
read_file: {
  "description": "Read a text file. Long files come in parts.",
  "parameters": {
    "properties": {
      "limit": {
        "description": "lines, at most 2000",
        "minimum": 1,
        "type": "integer"
      },
      "offset": {
        "description": "first line, from 1",
        "minimum": 1,
        "type": "integer"
      },
      "path": {
        "description": "relative to the workspace",
        "type": "string"
      }
    },
    "required": [
      "path"
    ],
    "type": "object"
  }
},
write_file: {
  "description": "Write a whole file; parent folders are made. Read an existing file first.",
  "parameters": {
    "properties": {
      "content": {
        "type": "string"
      },
      "path": {
        "description": "relative to the workspace",
        "type": "string"
      }
    },
    "required": [
      "path",
      "content"
    ],
    "type": "object"
  }
},
edit_file: {
  "description": "Replace text in a file. old_string must match exactly and only once.",
  "parameters": {
    "properties": {
      "new_string": {
        "type": "string"
      },
      "old_string": {
        "type": "string"
      },
      "path": {
        "description": "relative to the workspace",
        "type": "string"
      },
      "replace_all": {
        "type": "boolean"
      }
    },
    "required": [
      "path",
      "old_string",
      "new_string"
    ],
    "type": "object"
  }
},
list_files: {
  "description": "List files that git does not ignore.",
  "parameters": {
    "properties": {
      "path": {
        "description": "relative to the workspace",
        "type": "string"
      },
      "pattern": {
        "description": "glob, such as **/*.rs",
        "type": "string"
      }
    },
    "required": [],
    "type": "object"
  }
},
search: {
  "description": "Search file contents by regular expression, line by line.",
  "parameters": {
    "properties": {
      "glob": {
        "description": "files, such as *.rs",
        "type": "string"
      },
      "ignore_case": {
        "type": "boolean"
      },
      "path": {
        "description": "relative to the workspace",
        "type": "string"
      },
      "pattern": {
        "type": "string"
      }
    },
    "required": [
      "pattern"
    ],
    "type": "object"
  }
},
execute_bash: {
  "description": "Run a shell command in a sandbox. Nothing it starts outlives it.",
  "parameters": {
    "properties": {
      "command": {
        "type": "string"
      },
      "timeout_ms": {
        "description": "default 120000, at most 600000",
        "minimum": 1,
        "type": "integer"
      },
      "workdir": {
        "description": "relative to the workspace",
        "type": "string"
      }
    },
    "required": [
      "command"
    ],
    "type": "object"
  }
},
} as const;
