import type { Measured } from '../../../../scripts/cost/measured.ts';

interface Synthesized {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Resource>>>>;
}

interface Resource {
  readonly api_id?: string;
  readonly protocol_type?: string;
  readonly architectures?: readonly string[];
  readonly metric_query?: readonly { readonly metric?: unknown }[];
  readonly dynamic?: { readonly access_log_settings?: { readonly content: { readonly format: string } } };
}

/** Of a variable of an access log, where nothing better is known. A success has `-` in most of those. */
const DEFAULT_VALUE_BYTES = 1;
/** What API Gateway puts for a message: IDs of 16 characters, epoch milliseconds. */
const valueBytes: Readonly<Record<string, number>> = {
  requestId: 16,
  connectedAt: 13,
  extendedRequestId: 16,
  requestTimeEpoch: 13,
  status: 3,
  routeKey: 12,
  eventType: 7,
  integrationStatus: 3,
  integrationLatency: 2,
};

/** What a synthesized stack has that is paid for by its being there. @param synthesized a parsed `cdk.tf.json` */
export function stackOf(synthesized: unknown): Pick<Measured, 'architecture' | 'stack'> {
  const { resource = {} } = synthesized as Synthesized;
  const all = (type: string): Resource[] => Object.values(resource[type] ?? {});
  const architectures = new Set(all('aws_lambda_function').flatMap(({ architectures = ['x86_64'] }) => architectures));
  const [architecture, ...others] = architectures;
  if (architecture === undefined || others.length > 0) throw new Error('The functions should have one architecture');
  // Requests of the HTTP API, which writes an access log of its own, are in no operation.
  const httpApis = Object.entries(resource.aws_apigatewayv2_api ?? {}).flatMap(([name, { protocol_type }]) =>
    protocol_type === 'HTTP' ? [`\${aws_apigatewayv2_api.${name}.id}`] : [],
  );
  // A block that is there if the variable `access_logs` wants it.
  const formats = all('aws_apigatewayv2_stage')
    .filter(({ api_id: api }) => api === undefined || !httpApis.includes(api))
    .flatMap(({ dynamic }) => dynamic?.access_log_settings?.content.format ?? []);
  return {
    architecture,
    stack: {
      alarmMetrics: all('aws_cloudwatch_metric_alarm').reduce(
        (sum, { metric_query: queries = [] }) =>
          sum + Math.max(1, queries.filter(({ metric }) => metric !== undefined).length),
        0,
      ),
      dashboards: all('aws_cloudwatch_dashboard').length,
      accessLogBytes: formats.reduce((sum, format) => sum + lineBytes(format), 0),
    },
  };
}

const lineBytes = (format: string): number =>
  Buffer.byteLength(
    format.replaceAll(/\$context\.([\w.]+)/g, (_, name: string) => 'x'.repeat(valueBytes[name] ?? DEFAULT_VALUE_BYTES)),
  );
