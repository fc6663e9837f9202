/** What agents ask at the end of a busy day. */

/** A permission to write a file, with the diff. */
export function askOf(project, at, session, root) {
  const { random, directory } = project;
  project.emit(at, session, "PermissionRequest", {
    ask_id: "per_busyday_edit",
    permission: "edit",
    patterns: ["src/api/orders.ts"],
    root_session_id: root,
    call_id: random.id("call"),
    agent: "rozet-worker",
    title: "Edit src/api/orders.ts",
    path: `${directory}/src/api/orders.ts`,
    diff: [
      "--- src/api/orders.ts",
      "+++ src/api/orders.ts",
      "@@ -12,7 +12,9 @@ export async function orders(customer: string) {",
      "   const found = await store.find(customer);",
      "-  return found ?? [];",
      "+  if (!found) throw new NotFound(customer);",
      "+  if (found.unpaidInvoices >= LIMIT) throw new Refused(customer);",
      "+  return found.orders;",
      " }",
    ].join("\n"),
  });
  project.emit(at + 30_000, session, "PermissionRequest", {
    ask_id: "per_busyday_bash",
    permission: "bash",
    patterns: ["npm install *"],
    root_session_id: root,
    call_id: random.id("call"),
    agent: "rozet-worker",
    title: "Run a command",
    command: "npm install --save-dev @types/nodemailer",
  });
}

/** A question with something to choose. */
export function questionOf(project, at, session) {
  project.emit(at, session, "PermissionRequest", {
    kind: "question",
    ask_id: "que_busyday",
    agent: "build",
    title: "How are conflicts to be kept?",
    questions: [
      {
        question: "When both machines changed a note, which version wins?",
        header: "Conflicts",
        options: [
          { label: "Keep both", description: "The older one gets a suffix" },
          { label: "Newest wins", description: "The other is in the history" },
        ],
        multiple: false,
      },
    ],
  });
}
