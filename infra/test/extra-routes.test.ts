import { join } from 'node:path';
import { expect } from 'chai';
import { Module, readDocument } from '../../packages/local/src/stack/index.ts';
import { readStack } from '../../packages/local/src/stack/read-stack.ts';
import { makeFolder, synthesizeInto } from './support.ts';

const ingestion = 'arn:aws:lambda:us-east-1:000000000000:function:ingestion';

describe('the routes of others', () => {
  let file: string;
  let remove: () => void;
  before(() => {
    const made = makeFolder();
    remove = made.remove;
    synthesizeInto(made.folder, ['dev']);
    file = join(made.folder, 'out', 'stacks', 'sessions-dev', 'cdk.tf.json');
  });
  after(() => remove());

  /** The stack as Terraform would make it with these. */
  async function evaluate(extraRoutes: Record<string, unknown>) {
    const module = new Module(await readDocument(file), {
      variables: { extra_routes: extraRoutes },
      apiEndpoint: () => 'ws://127.0.0.1',
    });
    return (type: string) => module.instancesOf(type).filter(({ address }) => address.includes('extra-routes'));
  }

  it('are none by default', async () => {
    const made = await evaluate({});

    expect(made('aws_apigatewayv2_route')).to.deep.equal([]);
    expect(made('aws_lambda_permission')).to.deep.equal([]);
  });

  it('lead to their functions, which they alone may invoke; with a reply if it is wanted', async () => {
    const made = await evaluate({
      audioChunk: { function_arn: ingestion },
      askForHelp: { function_arn: `${ingestion}-2`, reply: true },
    });

    const routes = made('aws_apigatewayv2_route');
    expect(
      routes.map((route) => [route.text('route_key'), route.optionalText('route_response_selection_expression')]),
    ).to.have.deep.members([
      ['audioChunk', undefined],
      ['askForHelp', '$default'],
    ]);
    const idOf = (action: string) => routes.find((route) => route.text('route_key') === action)?.text('id');
    expect(made('aws_apigatewayv2_route_response').map((response) => response.text('route_id'))).to.deep.equal([
      idOf('askForHelp'),
    ]);
    const uris = made('aws_apigatewayv2_integration').map((integration) => [
      `integrations/${integration.text('id')}`,
      integration.text('integration_uri'),
    ]);
    const uriOf = (action: string) =>
      uris.find(
        ([target]) => target === routes.find((route) => route.text('route_key') === action)?.text('target'),
      )?.[1];
    const invoke = 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions';
    expect(uriOf('audioChunk')).to.equal(`${invoke}/${ingestion}/invocations`);
    expect(uriOf('askForHelp')).to.equal(`${invoke}/${ingestion}-2/invocations`);
    expect(
      made('aws_lambda_permission').map((permission) => [
        permission.text('function_name'),
        permission.text('source_arn').replace(/^.*:/, ''),
      ]),
    ).to.have.deep.members([
      [ingestion, `${routes[0]?.text('api_id')}/dev/audioChunk`],
      [`${ingestion}-2`, `${routes[0]?.text('api_id')}/dev/askForHelp`],
    ]);
  });

  it('run on one machine when their function is in the Terraform', async () => {
    const own = 'arn:aws:lambda:us-east-1:000000000000:function:sessions-dev-status';
    const { apis } = await readStack(file, {
      variables: {
        extra_routes: { audioChunk: { function_arn: own }, askForHelp: { function_arn: own, reply: true } },
      },
      apiEndpoint: () => 'ws://127.0.0.1',
    });

    const routeOf = (action: string) => apis[0]?.routes.get(action);
    expect(routeOf('audioChunk')).to.include({ functionArn: own, hasRouteResponse: false });
    expect(routeOf('askForHelp')).to.include({ functionArn: own, hasRouteResponse: true });
  });

  it('are refused where they would take an action of ours, a route of the platform, or another Region', async () => {
    const refusal = (extraRoutes: Record<string, unknown>) =>
      evaluate(extraRoutes).then(
        () => 'accepted',
        ({ message }: Error) => message,
      );

    for (const extraRoutes of [
      { joinSession: { function_arn: ingestion } },
      { publish: { function_arn: ingestion } },
      { $connect: { function_arn: ingestion } },
      { $default: { function_arn: ingestion } },
      { 'audio chunk': { function_arn: ingestion } },
      { audioChunk: { function_arn: 'ingestion' } },
      { audioChunk: { function_arn: `${ingestion}:live` } },
      { audioChunk: { function_arn: ingestion.replace('us-east-1', 'eu-west-1') } },
    ]) {
      expect(await refusal(extraRoutes), JSON.stringify(extraRoutes)).to.match(
        /extra_routes must be actions \(1 to 64 letters, digits and \. _ -, and none of ours: createSession, /,
      );
    }
    expect(await refusal({ audioChunk: {} })).to.include('function_arn');
    expect(await refusal({ audioChunk: { function_arn: ingestion } })).to.equal('accepted');
  });
});
