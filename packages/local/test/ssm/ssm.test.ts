// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  paginateGetParametersByPath,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { expect } from 'chai';
import { startOrders, stopAll } from '../event-sources/set-up.ts';
import { refusalOf } from '../iam/set-up.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';

const clients: SSMClient[] = [];

async function setUp() {
  const names = Array.from({ length: 12 }, (_, number) => `/shop/prod/p${String(number).padStart(2, '0')}`);
  const change = (resource: Record<string, unknown>) => {
    resource.aws_ssm_parameter = {
      queue: { name: '/shop/dev/queue_url', type: 'String', value: '${aws_sqs_queue.failed.url}' },
      table: { name: '/shop/dev/table/name', type: 'String', value: '${aws_dynamodb_table.orders.name}' },
      ...Object.fromEntries(names.map((name, number) => [`p${number}`, { name, type: 'String', value: `${number}` }])),
    };
  };
  const { stack } = await startOrders({ change });
  const { endpoint, credentials } = stack;
  const ssm = new SSMClient({ endpoint, credentials, region: 'us-east-1', maxAttempts: 1 });
  clients.push(ssm);
  return { ssm, stack, names };
}

describe('The parameters of a stack', () => {
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await stopAll();
  });
  after(removeTemporaryFolders);

  it('are read one by one, with what an apply would have written', async () => {
    const { ssm, stack } = await setUp();

    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/shop/dev/queue_url' }));
    expect(Parameter).to.deep.include({
      Name: '/shop/dev/queue_url',
      Type: 'String',
      Value: `${stack.endpoint}/000000000000/failed`,
      ARN: 'arn:aws:ssm:us-east-1:000000000000:parameter/shop/dev/queue_url',
    });
    const several = await ssm.send(new GetParametersCommand({ Names: ['/shop/dev/table/name', '/none'] }));
    expect(several.Parameters?.map(({ Value }) => Value)).to.deep.equal(['orders']);
    expect(several.InvalidParameters).to.deep.equal(['/none']);
    const missing = await refusalOf(ssm.send(new GetParameterCommand({ Name: '/none' })));
    expect(missing.name).to.equal('ParameterNotFound');
  });

  it('are listed below a path: of one level, or of all', async () => {
    const { ssm } = await setUp();
    const below = async (Path: string, Recursive?: boolean) =>
      (
        await ssm.send(new GetParametersByPathCommand({ Path, ...(Recursive !== undefined && { Recursive }) }))
      ).Parameters?.map(({ Name }) => Name);

    expect(await below('/shop/dev')).to.deep.equal(['/shop/dev/queue_url']);
    expect(await below('/shop/dev/', true)).to.deep.equal(['/shop/dev/queue_url', '/shop/dev/table/name']);
    expect(await below('/shop/d')).to.deep.equal([]);
    expect((await refusalOf(below('shop'))).name).to.equal('ValidationException');
  });

  it('come ten at a time', async () => {
    const { ssm, names } = await setUp();
    const pages: (string | undefined)[][] = [];
    for await (const { Parameters = [] } of paginateGetParametersByPath({ client: ssm }, { Path: '/shop/prod' })) {
      pages.push(Parameters.map(({ Name }) => Name));
    }
    expect(pages.map(({ length }) => length)).to.deep.equal([10, 2]);
    expect(pages.flat()).to.deep.equal(names);
    const tooMany = ssm.send(new GetParametersByPathCommand({ Path: '/shop/prod', MaxResults: 11 }));
    expect((await refusalOf(tooMany)).name).to.equal('ValidationException');
  });

  it('are the stack’s: nothing writes them', async () => {
    const { ssm } = await setUp();
    const refused = await refusalOf(ssm.send(new PutParameterCommand({ Name: '/shop/dev/x', Value: 'y' })));
    expect(refused.name).to.equal('UnknownOperationException');
  });

  it('meet the fault plan, as everything that is called', async () => {
    const { ssm, stack } = await setUp();
    await stack.faults.set({ rules: [{ call: { service: 'ssm', resource: '*/shop/dev/queue_url' }, do: 'throttle' }] });
    const throttled = await refusalOf(ssm.send(new GetParameterCommand({ Name: '/shop/dev/queue_url' })));
    expect(throttled.name).to.equal('ThrottlingException');
  });

  it('are for those who have signed', async () => {
    const { stack } = await setUp();
    const credentials = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'wrong' };
    const ssm = new SSMClient({ endpoint: stack.endpoint, credentials, region: 'us-east-1', maxAttempts: 1 });
    clients.push(ssm);
    const refused = await refusalOf(ssm.send(new GetParameterCommand({ Name: '/shop/dev/queue_url' })));
    expect(refused.name).to.equal('UnrecognizedClientException');
  });
});
