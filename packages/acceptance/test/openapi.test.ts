import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { openApiFile, renderOpenApi } from '../../../scripts/openapi.ts';

type OpenApi = Record<string, unknown> & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId?: string }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};

const read = async (): Promise<OpenApi> => JSON.parse(await readFile(openApiFile, 'utf8')) as OpenApi;

describe('the OpenAPI document', () => {
  it('is the one that the schemas make', async () => {
    expect(await readFile(openApiFile, 'utf8'), 'run `npm run generate`').to.equal(renderOpenApi());
  });

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(await read());
    expect(errors ?? []).to.deep.equal([]);
    expect(valid).to.equal(true);
    expect(validator.version).to.equal('3.1');

    const broken = { ...(await read()), paths: { '/sessions': { get: { responses: [] } } } };
    expect((await new Validator().validate(broken)).valid, 'a document that is not valid').to.equal(false);
  });

  it('refers to schemas that it has', async () => {
    const document = await read();
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(names).to.not.be.empty;
    expect(Object.keys(document.components.schemas)).to.include.members(names as string[]);
  });

  it('has every operation once', async () => {
    const { paths } = await read();
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { operationId }]) =>
        operationId === undefined ? [] : [`${method.toUpperCase()} ${path}: ${operationId}`],
      ),
    );
    expect(operations).to.have.members([
      'POST /sessions: scheduleSession',
      'GET /sessions: listOwnSessions',
      'GET /sessions/{sessionId}: lookUpSession',
      'DELETE /sessions/{sessionId}: endSession',
      'GET /sessions/{sessionId}/messages: exportMessages',
      'POST /sessions/{sessionId}/messages: publish',
      'GET /health: health',
    ]);
  });
});
