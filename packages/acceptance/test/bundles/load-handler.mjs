/**
 * Runs in a process of its own, as bare as Lambda's: `node load-handler.mjs <index.mjs> <variables as JSON>`. Loads the
 * bundle once with all the variables, and once more without each of them; prints what came of each.
 */
const [bundle, json] = process.argv.slice(2);
const variables = JSON.parse(json);

async function load(left) {
  for (const name of Object.keys(variables)) delete process.env[name];
  for (const [name, value] of Object.entries(variables)) if (name !== left) process.env[name] = value;
  // A query makes it another module: its top level, which reads the environment, runs again.
  const { handler } = await import(`${bundle}?without=${left ?? 'nothing'}`);
  return typeof handler;
}

const outcome = { node: process.version, handler: await load(), without: {} };
for (const name of Object.keys(variables)) {
  outcome.without[name] = await load(name).catch((error) => `${error.name}: ${error.message}`);
}
console.log(JSON.stringify(outcome));
