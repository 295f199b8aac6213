import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { type HttpRouteDefinition, httpRoutes } from '../../../infra/src/functions.ts';
import { openApiFile, renderOpenApi } from '../../../scripts/openapi.ts';

interface Described {
  readonly operationId?: string;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
}

type OpenApi = Record<string, unknown> & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
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

  it('has the routes of the stack, each with what lets callers in', async () => {
    const names = { speakerToken: 'token', awsSignature: 'signature' } as const;
    const { paths } = await read();
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { operationId, security = [] }]) => {
        if (operationId === undefined) return []; // what all operations of the path have
        const [scheme] = security.flatMap((option) => Object.keys(option)) as (keyof typeof names)[];
        return [[`${method.toUpperCase()} ${path}`, scheme === undefined ? 'none' : names[scheme]]];
      }),
    );
    const routes = Object.entries<HttpRouteDefinition>(httpRoutes);
    expect(described).to.have.deep.members(routes.map(([route, { authorization }]) => [route, authorization]));
  });
});
