/**
 * What is done about a documented command:
 * - `run`: it is run, and must succeed
 * - `server`: it is run until its page answers, and then stopped
 * - `stack`: it is run beside `npm start`
 * - `elsewhere`: another part of CI runs it
 * - `account`: it needs an AWS account, or GitHub
 */
export type CommandKind = 'run' | 'server' | 'stack' | 'elsewhere' | 'account';

export interface CommandRule {
  readonly matches: RegExp;
  readonly kind: CommandKind;
  /** Only in this document. */
  readonly document?: string;
  /** What is run instead of a part of it: a smaller number, a free port. */
  readonly instead?: readonly [part: string | RegExp, by: string];
  /** It goes on for ever: it must have printed something after a few seconds. */
  readonly endless?: true;
}

/** The first that matches counts. A command that none matches fails a test: say here what is to be done about it. */
export const rules: readonly CommandRule[] = [
  // The local stack.
  { matches: /^npm start -- --help$/, kind: 'run' },
  { matches: /^npm start$/, kind: 'elsewhere' }, // check:machines, on every Node.js
  { matches: /^npm start -- .*--port \d+/, kind: 'server', instead: [/--port \d+/, '--port 0'] },
  { matches: /^npm start -- /, kind: 'server', instead: [/$/, ' --port 0'] },
  { matches: /^npm run synth && npm run local -- /, kind: 'server', instead: [/$/, ' --port 0'] },
  { matches: /^npm run local -- --stack packages\/local\/examples\//, kind: 'server', instead: [/$/, ' --port 0'] },
  { matches: /^npm run example:events$/, kind: 'elsewhere' }, // packages/acceptance/test/events.test.ts
  { matches: /^npm run example:captions$/, kind: 'elsewhere' }, // packages/acceptance/test/examples/captions.test.ts
  { matches: /^\.venv\/bin\/python examples\/captions-python\/captions\.py$/, kind: 'elsewhere' }, // the same
  { matches: /^curl -sN http:\/\/127\.0\.0\.1:4510\//, kind: 'stack', endless: true },
  { matches: /^curl [^|]*http:\/\/127\.0\.0\.1:4510\//, kind: 'stack' },

  // packages/acceptance/test/http-api-page.test.ts runs them all.
  { matches: /^(API|TOKEN)=|^curl /, kind: 'elsewhere', document: 'docs/http-api.md' },

  // The test of a backend does the same with boto3 and the JavaScript SDK.
  { matches: /^(set -a; \. \.\/aws\.env|aws )/, kind: 'elsewhere', document: 'docs/local.md' },
  { matches: /^set -a; \. \.\/aws\.env/, kind: 'elsewhere', document: 'examples/captions-python/README.md' },

  // Working on the project.
  { matches: /^npm test$/, kind: 'elsewhere' }, // check:machines
  { matches: /^npm run test:fast$/, kind: 'elsewhere' }, // check:machines
  { matches: /^npm test -- /, kind: 'run' },
  { matches: /^npx mocha --no-parallel /, kind: 'run' },
  { matches: /^npm run (check|lint|types|format|generate|build|synth|bootstrap)( |$)/, kind: 'run' },
  { matches: /^npm run cost -- /, kind: 'run' },
  { matches: /^MODEL_RUNS=\d+ npm run model$/, kind: 'run', instead: [/MODEL_RUNS=\d+/, 'MODEL_RUNS=5'] },
  { matches: /^npm run explore -- --seed \d+ --only \d+$/, kind: 'run' },
  { matches: /^npm run explore( |$)/, kind: 'elsewhere' }, // a part of its own
  { matches: /^npm run (mutations|bench|cost:measure)( |$)/, kind: 'elsewhere' }, // nightly, tests
  { matches: /^npm run (lint:workflows|terraform|check:commands|check:machines|fuzz)( |$)/, kind: 'elsewhere' },
  { matches: /^npm run test:\w+( |$)/, kind: 'elsewhere' },
  { matches: /^bash \.ci\/[\w-]+$/, kind: 'elsewhere' },
  { matches: /^bash \.ci\/install-ministack && npm run test:ministack$/, kind: 'elsewhere' },

  // Operators. Their own tests run them all, with real IDs; beside a running stack they find it by themselves.
  { matches: /^npm run session -- list$/, kind: 'stack' },
  { matches: /^npm run (session|speaker|failures) -- --env prod /, kind: 'account' },
  { matches: /^npm run (session|speaker|failures) -- /, kind: 'elsewhere' },

  // A deployment.
  { matches: /^cp terraform\.tfvars\.example terraform\.tfvars$/, kind: 'run' },
  { matches: /^(npx )?cdktf /, kind: 'account' },
  { matches: /^npm run (-s )?(diff|deploy|destroy|preflight|plan|apply):\w+( |$)/, kind: 'account' },
  { matches: /^npm run (smoke|drift|state:check|artifact|account:setup)( |$)/, kind: 'account' },
  { matches: /^CONFORMANCE_URL=wss:/, kind: 'account' },
  { matches: /^(export \w+=|\w+=\$\()/, kind: 'account' },
  { matches: /^(cd infra\/cdktf\.out\/|terraform |aws |gh |git switch )/, kind: 'account' },
  { matches: /^(output|insights|trust)\(\) \{/, kind: 'account' }, // used by what asks AWS
];

/** Returns the rule for a command; undefined: none was written. */
export const ruleFor = ({ text, document }: { text: string; document: string }): CommandRule | undefined =>
  rules.find((rule) => rule.matches.test(text) && (rule.document === undefined || rule.document === document));
