import { join } from 'node:path';
import type { Check } from './check.ts';
import { variantNames } from './fixture/variants.ts';
import { readMinistackResults } from './ministack.ts';
import { citedSources, sources } from './sources.ts';
import { urlVariableOf } from './targets.ts';

/** Where the page is kept. */
export const pageFile = join(import.meta.dirname, '../../../../docs/conformance.md');

const flagsOf = ({ confirmed = true, localOnly = false }: Check): string =>
  [...(confirmed ? [] : ['unconfirmed']), ...(localOnly ? ['local only'] : [])].join(', ');

/** Check, source, result: for a terminal. */
export function matrix(checks: readonly Check[]): string {
  const width = Math.max(0, ...checks.map(({ id }) => id.length));
  const lines = checks.map((one) => {
    const flags = flagsOf(one);
    return `${one.result.padEnd(8)}${one.id.padEnd(width + 2)}${one.source}${flags && ` (${flags})`}`;
  });
  return ['', 'Conformance matrix', ...lines, summaryOf(checks), ''].join('\n');
}

function summaryOf(checks: readonly Check[]): string {
  const count = (wanted: (one: Check) => boolean) => checks.filter(wanted).length;
  const passed = count(({ result }) => result === 'pass');
  const unconfirmed = count(({ confirmed = true }) => !confirmed);
  return `${checks.length} checks, ${passed} passed; ${unconfirmed} hold an assumption that AWS's documentation does not confirm.`;
}

/** The same as a page of the documentation. */
export function page(checks: readonly Check[]): string {
  const ministack = readMinistackResults();
  // Where something else can answer, its column stands beside ours.
  const columns: readonly { readonly name: string; readonly of: (one: Check) => string | undefined }[] = [
    { name: 'DynamoDB Local', of: ({ dynamoDbLocal }) => dynamoDbLocal },
    { name: 'ministack', of: ({ id }) => ministack[id] },
  ];
  const sections = [...new Set(checks.map(({ section }) => section))].map((title) => {
    const ofSection = checks.filter(({ section }) => section === title);
    const others = columns.filter(({ of }) => ofSection.some((one) => of(one) !== undefined));
    const rows = ofSection.map((one) => {
      const row = `| \`${one.id}\` | ${cell(one.title)} | ${cell(one.source)} | ${flagsOf(one)} | ${one.result} |`;
      return [row, ...others.map(({ of }) => ` ${of(one) ?? 'cannot'} |`)].join('');
    });
    const head = ['| Check | What it holds | Source | | Result |', ...others.map(({ name }) => ` ${name} |`)].join('');
    return `## ${title}\n\n${[head, `|${'---|'.repeat(5 + others.length)}`, ...rows].join('\n')}\n`;
  });
  const cited = citedSources(checks).map((number) => `- ${number} ${sources[number]}`);
  return `${introduction(checks)}\n${sections.join('\n')}\n## Sources\n\n${cited.join('\n')}\n`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function introduction(checks: readonly Check[]): string {
  const variables = variantNames.map((variant) => `- \`${urlVariableOf(variant)}\`: \`conformance-${variant}\``);
  return `# Conformance

Made by \`npm run generate\`: do not edit.

What the API Gateway, the tables, EventBridge and Lambda's event source mappings of \`packages/local\` do as those of AWS do. Each row is a
test of \`packages/local/test/conformance\`, which names what says so: a section of the project's sheet of facts about AWS
(\`facts §…\`, the file \`shared/facts/aws-websocket.md\`) with the kind of evidence (DOC official text, CAP captured from
AWS, SRC read in a provider's source, RUN seen with the official SDK, COMM said by a community) and its sources, which are
listed at the end; or an AWS page or an RFC by its name.

*unconfirmed*: no source that we found says it; the check holds the assumption that we made. *local only*: it
needs the platform's own clock, or sees what AWS does not show from outside. *DynamoDB Local* (1.25, AWS's own emulator)
and *ministack* (1.5, another emulator): what they do with the same check, held by the suite where they are installed;
\`cannot\`: the check moves the clock, or a transaction that takes time. A \`fail\` says that the emulator differs from us,
not who is right: the source does.

${summaryOf(checks)}

## Against something else

The suite speaks WebSocket and HTTPS with URLs, so it can be pointed at real AWS, or at another emulator. Deploy the
fixture (a stack for each API, in \`packages/local/test/conformance/fixture\`; the account needs room for reserved concurrency), and
name the APIs, each by the output \`websocket_url\` of its stack:

\`\`\`sh
npx cdktf deploy --app 'npm run -s conformance:app' 'conformance-*'
CONFORMANCE_URL=wss://….execute-api.us-east-1.amazonaws.com/check CONFORMANCE_URL_BARE=… \\
  npm test -- packages/local/test/conformance/conformance.test.ts
\`\`\`

${variables.join('\n')}
- \`${urlVariableOf('http')}\`: \`conformance-http\`, by its output \`http_url\`
- \`${urlVariableOf('events')}\`: no stack, but EventBridge itself, e.g. \`https://events.us-east-1.amazonaws.com\`: patterns
  are tested with \`TestEventPattern\`, and entries go to the account's bus \`default\`

Checks of an API that is not named do not run. @connections is called at the same addresses with \`https\`, with the
credentials in \`AWS_ACCESS_KEY_ID\`, \`AWS_SECRET_ACCESS_KEY\`, \`AWS_SESSION_TOKEN\` and \`AWS_REGION\`; they must allow
\`execute-api:ManageConnections\`, \`execute-api:Invoke\` and, for the functions' own calls, nothing. The checks of throttling use up what \`conformance-throttled\` and \`conformance-http\`
allow: it takes ten minutes until they can run again.
`;
}
