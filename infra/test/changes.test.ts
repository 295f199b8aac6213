import { expect } from 'chai';
import { readStack, type Values } from './support.ts';

describe('the changes of the sessions table', () => {
  const stack = readStack('dev');
  const mappings = stack.resources('aws_lambda_event_source_mapping');

  const common = {
    event_source_arn: '<tables/sessions stream_arn>',
    function_name: '<notifier/function function_name>',
    starting_position: 'TRIM_HORIZON',
    function_response_types: ['ReportBatchItemFailures'],
    bisect_batch_on_function_error: true,
    maximum_retry_attempts: 100,
    maximum_record_age_in_seconds: 3600,
    destination_config: { on_failure: { destination_arn: '<changes-failed/queue arn>' } },
    // Lambda checks the role's rights when it makes the mapping.
    depends_on: ['<notifier/policy>', '<notifier/encryption/policy>'],
  };

  const without = (place: string, ...names: string[]) =>
    Object.fromEntries(Object.entries(mappings[place] ?? {}).filter(([name]) => !names.includes(name)));

  it('are handed over in two streams of batches: sessions at once, places once a second', () => {
    const pattern = (...part: unknown[]) => JSON.stringify({ dynamodb: { Keys: { part: { S: part } } } });

    expect(without('session-changes/mapping', 'lifecycle')).to.deep.equal({
      ...common,
      batch_size: 100,
      maximum_batching_window_in_seconds: 0,
      parallelization_factor: 10,
      filter_criteria: { filter: [{ pattern: pattern('session') }] },
    });
    expect(without('place-changes/mapping', 'lifecycle')).to.deep.equal({
      ...common,
      batch_size: 1000,
      maximum_batching_window_in_seconds: 1,
      parallelization_factor: 1,
      filter_criteria: { filter: [{ pattern: pattern({ prefix: 'places#' }) }] },
    });
    // A stream takes no more readers without being throttled.
    expect(Object.keys(mappings)).to.have.lengthOf(2);
  });

  it('are handed over anew when the function is replaced, which a mapping outlives', () => {
    const triggers = Object.values(mappings).map(({ lifecycle }) => (lifecycle as Values).replace_triggered_by);

    for (const trigger of triggers) {
      expect(JSON.stringify(trigger)).to.match(/^\["aws_lambda_function\.notifier_function_[0-9A-F]{8}\.id"\]$/);
    }
  });

  it('leave what Lambda gives up in queues, and so do deliveries', () => {
    const queues = stack.resources('aws_sqs_queue');

    expect(Object.values(queues).map(({ name }) => name)).to.have.members([
      'sessions-dev-changes-failed',
      'sessions-dev-deliveries-failed',
    ]);
  });

  it('become events on a bus of the same account and Region, which Terraform knows by the table', () => {
    const { locals } = stack.json as unknown as { locals: Values };

    expect(String(locals.event_bus_arn).replace(/sessions_[0-9A-F]{8}/, 'sessions')).to.equal(
      `\${replace(replace(aws_dynamodb_table.tables_sessions.arn, ":dynamodb:", ":events:"), ` +
        `"table/sessions-dev-sessions", "event-bus/\${var.event_bus_name}")}`,
    );
  });
});
