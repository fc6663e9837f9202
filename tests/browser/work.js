/** What is worked at on a busy day: projects, prompts, and the tasks that they become. */

export const PROJECTS = [
  {
    name: "shop",
    model: "anthropic/claude-sonnet-4-5",
    prices: { input: 3, output: 15 },
    files: [
      "src/cart.ts",
      "src/checkout/tax.ts",
      "src/checkout/receipt.ts",
      "src/api/orders.ts",
      "test/cart.test.ts",
      "README.md",
    ],
    test: "npm test",
  },
  {
    name: "weather-service",
    model: "openai/gpt-5-codex",
    prices: { input: 1.25, output: 10 },
    files: [
      "src/main.rs",
      "src/forecast/mod.rs",
      "src/forecast/cache.rs",
      "src/http.rs",
      "tests/forecast.rs",
      "Cargo.toml",
    ],
    test: "cargo test",
  },
  {
    name: "notes",
    model: "groq/llama-4-maverick",
    prices: undefined,
    files: ["notes/app.py", "notes/search.py", "notes/storage.py", "tests/test_search.py", "pyproject.toml"],
    test: "pytest -q",
  },
];

const TURNS = {
  shop: [
    { prompt: "hi there", skip: "a greeting" },
    {
      prompt: "The cart forgets discounts when an item is removed. Find out why, fix it, and add a test.",
      tasks: [
        "Find where a removal drops the discount",
        "Keep the discount when an item is removed",
        "Add a test that removes an item from a discounted cart",
      ],
    },
    {
      prompt: "Add VAT per country to the checkout, show it on the receipt, and document it in the README.",
      tasks: [
        "Add a table of VAT rates per country",
        "Compute VAT in the checkout",
        "Show VAT on the receipt",
        "Document VAT in the README",
        "Run the whole test suite",
      ],
      children: 3,
      fails: 4,
    },
    { prompt: "what does orders.ts do?", skip: "a question" },
    {
      prompt:
        "Make the orders API return 404 instead of an empty list for unknown customers, everywhere it is used.",
      tasks: ["Return 404 from the orders API", "Handle the 404 in the client", "Update the API's tests"],
      children: 2,
    },
    {
      prompt: "Let customers pay by invoice: a new payment method, a page, e-mails, and limits per customer.",
      tasks: [
        "Add the payment method `invoice`",
        "Build the invoice page",
        "Send the invoice by e-mail",
        "Limit invoices per customer",
        "Cover it with tests",
        "Describe it in the README",
      ],
      children: 3,
      isOpen: true,
      asks: true,
    },
  ],
  "weather-service": [
    {
      prompt: "Cache forecasts for ten minutes, and say in a header how old an answer is.",
      tasks: [
        "Add a cache with a time to live",
        "Answer from the cache",
        "Send the age in a header",
        "Test that the cache expires",
      ],
      children: 2,
    },
    { prompt: "why is the build slow?", skip: "a question" },
    {
      prompt: "Split http.rs into routes and middleware without changing behaviour.",
      tasks: [
        "Move the routes into a module",
        "Move the middleware into a module",
        "Prove that nothing changed",
      ],
      fails: 1,
    },
    {
      prompt:
        "Add rate limits per API key: 60 requests a minute, with a Retry-After header, and metrics of refusals.",
      tasks: [
        "Count requests per key",
        "Refuse with 429 and Retry-After",
        "Count refusals in the metrics",
        "Load-test the limit",
      ],
      children: 2,
      isOpen: true,
    },
  ],
  notes: [
    {
      prompt: "Full-text search over the notes, with highlighted hits.",
      tasks: [
        "Build an index of words",
        "Search the index",
        "Highlight the hits",
        "Test search with umlauts",
      ],
      children: 1,
      fails: 3,
    },
    { prompt: "thanks!", skip: "a greeting" },
    {
      prompt: "Store notes as Markdown files instead of one JSON file, and migrate the old ones.",
      tasks: [
        "Write notes as Markdown files",
        "Read them back",
        "Migrate the old JSON file",
        "Test the migration",
      ],
      children: 2,
    },
    {
      prompt: "Sync notes between two machines over a shared folder.",
      tasks: ["Watch the shared folder", "Merge changes from both sides", "Keep both versions of a conflict"],
      isOpen: true,
      question: true,
    },
  ],
};

/** The prompts of a project's day, in their order. */
export function turnsOf(project) {
  return TURNS[project.name];
}
