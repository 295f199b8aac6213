import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { accessLogFields as webSocketFields } from '../../../infra/src/observability/access-log.ts';
import { alarmKeys } from '../../../infra/src/observability/alarms.ts';
import { httpAccessLogFields } from '../../../infra/src/observability/http-access-log.ts';
import { variables } from '../../../infra/src/variables.ts';
import { fieldsOf, literalsOf, queriesIn } from '../src/logs-insights.ts';
import { realLogLines } from '../src/real-log-lines.ts';

const accessLogFields = { ...webSocketFields, ...httpAccessLogFields };

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** Of every log group, and what Insights finds in the lines that Lambda itself writes. */
const discovered = [
  ...['@timestamp', '@message', '@log', '@logStream', '@ingestionTime'],
  ...['@requestId', '@type', '@duration', '@billedDuration', '@initDuration', '@maxMemoryUsed', '@memorySize'],
];

describe('the runbook', () => {
  let page = '';
  before(async () => {
    page = await read('docs/operations.md');
  });

  it('has a section for every alarm, and for no other', () => {
    const [, alarms = ''] = /\n## Alarms\n([\s\S]*?)\n## /.exec(page) ?? [];
    const sections = [...alarms.matchAll(/^### (.+)$/gm)].map(([, title]) => title);
    expect(sections).to.deep.equal([...alarmKeys]);
  });

  it('asks for fields that real log lines have', async () => {
    const queries = queriesIn(page);
    expect(queries).to.have.length.above(15);
    const lines = await realLogLines();
    const known = new Set([...discovered, ...Object.keys(accessLogFields), ...lines.fields]);
    for (const query of queries) {
      const unknown = fieldsOf(query).filter((field) => !known.has(field));
      expect(unknown, query).to.deep.equal([]);
    }
  }).timeout(60_000);

  it('would be caught asking for a field that is not there', () => {
    const query =
      'filter code = "X" and message like /a b/ | stats sum(@duration) / 60 as used, count(*) / 2 by made.up, bin(1m)';
    expect(fieldsOf(query)).to.deep.equal(['code', 'message', '@duration', 'made.up']);
  });

  it('filters by what the functions really write', async () => {
    const { values } = await realLogLines();
    for (const query of queriesIn(page)) {
      for (const { field, literal } of literalsOf(query)) {
        // Which session, connection or error it is, the reader fills in.
        if (['sessionId', 'connection', 'function_request_id', 'error.cause.name'].includes(field)) continue;
        if (field.startsWith('@') || field in accessLogFields) continue;
        expect([...(values.get(field) ?? [])], query).to.include(literal);
      }
    }
  }).timeout(60_000);
});

describe('the documents of operation', () => {
  const pages = ['docs/operations.md', 'docs/deployment.md', 'README.md'];

  it('name settings and outputs that exist', async () => {
    const outputs = [
      ...['dashboard_url', 'management_endpoint', 'websocket_url'],
      ...['session_changes_mapping_id', 'place_changes_mapping_id'],
      ...['publish_policy', 'pipeline_policy'],
    ];
    const fieldsOfLogs = ['function_request_id'];
    const inputs = [...(await read('.github/workflows/production.yml')).matchAll(/^ {6}(\w+):$/gm)].map(
      ([, name]) => name,
    );
    for (const page of pages) {
      const named = [...(await read(page)).matchAll(/`([a-z]+(?:_[a-z0-9]+)+)`/g)].map(([, name = '']) => name);
      const unknown = named.filter(
        (name) => !(name in variables) && ![...outputs, ...fieldsOfLogs, ...inputs].includes(name),
      );
      expect(unknown, page).to.deep.equal([]);
    }
  });

  it('link to pages and sections that exist', async () => {
    for (const page of pages) {
      const text = await read(page);
      for (const [link, target = '', anchor = ''] of text.matchAll(/\]\(([\w./-]*)(?:#([\w-]+))?\)/g)) {
        const file = target === '' ? page : `${page.startsWith('docs/') ? 'docs/' : ''}${target}`;
        const there = await read(file);
        if (anchor !== '') expect(anchorsOf(there), `${link} in ${page}`).to.include(anchor);
      }
    }
  });

  it('name scripts that exist', async () => {
    const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> };
    for (const page of pages) {
      const named = [...(await read(page)).matchAll(/npm run (?:-s )?([a-z][\w:-]*\w)/g)].map(([, name]) => name);
      expect(Object.keys(scripts), page).to.include.members(named);
    }
  });
});

/** As GitHub makes them of headings. */
const anchorsOf = (markdown: string): string[] =>
  [...markdown.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
