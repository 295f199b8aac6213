import { httpThrottling } from './stage-throttling.ts';
import { count, list } from './variable-kinds.ts';

const group = 'HTTP API';
const { usual, smaller } = httpThrottling;

/** What an operator can set of the HTTP API. Its domain is with the other one, in `deployment-variables.ts`. */
export const httpVariables = {
  http_allowed_origins: list(group, {
    about:
      'Origins whose pages may call the HTTP API from a browser (CORS), such as https://app.example.com. Empty: none; other programs are not concerned.',
    default: [],
    pattern: '\\*|https?://[0-9A-Za-z._-]+(:[0-9]{1,5})?',
    allowed: 'origins (https://, a host, and a port if there is one; nothing after it), or "*" for all',
  }),
  http_throttle_rate_limit: {
    ...count(group, 'requests a second', {
      about: `Requests of all callers together. 0: a tenth of what AWS allows an account in the Region: ${usual.ratePerSecond}, in 13 newer Regions ${smaller.ratePerSecond}.`,
      default: 0,
      max: 100_000,
    }),
    min: 0,
  },
  http_throttle_burst_limit: {
    ...count(group, 'requests', {
      about: `How many may come at once. 0: a tenth of what AWS allows an account in the Region: ${usual.burst}, in 13 newer Regions ${smaller.burst}.`,
      default: 0,
      max: 100_000,
    }),
    min: 0,
  },
} as const;
