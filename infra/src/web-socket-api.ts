import { Apigatewayv2Api } from '@cdktf/provider-aws/lib/apigatewayv2-api/index.js';
import { Construct } from 'constructs';
import { protectedIf } from './lifecycles.ts';

export interface WebSocketApiProps {
  readonly name: string;
  /** The API's only stage; `WebSocketStage` makes it. Its name is needed before, by whatever points at the stage. */
  readonly stageName: string;
  /** Name of the Terraform variable with the API's own domain, which may be empty. Absent: it has none. */
  readonly domainVariable?: string;
  /** `ipv4` or `dualstack`; a Terraform expression. Absent: AWS's own, ipv4. */
  readonly ipAddressType?: string;
  /** Whether Terraform refuses to delete or replace it, and its address with it. Absent: it does not. */
  readonly isProtected?: boolean;
}

/**
 * A WebSocket API that routes each message by its `action`.
 *
 * Addresses and ARNs of the stage are made from the API, not read from the stage: the stage needs the routes,
 * the routes need the functions, and the functions need the addresses.
 */
export class WebSocketApi extends Construct {
  readonly api: Apigatewayv2Api;
  readonly stageName: string;
  readonly #domainVariable: string | undefined;

  constructor(scope: Construct, id: string, props: WebSocketApiProps) {
    super(scope, id);
    const { name, stageName, domainVariable, ipAddressType, isProtected = false } = props;
    if (!/^[\w-]{1,128}$/.test(stageName)) {
      throw new Error(`${this.node.path}: the stage name "${stageName}" must be 1 to 128 letters, digits, - and _`);
    }
    this.stageName = stageName;
    this.#domainVariable = domainVariable;
    this.api = new Apigatewayv2Api(this, 'api', {
      name,
      protocolType: 'WEBSOCKET',
      routeSelectionExpression: '$request.body.action',
      // `disable_execute_api_endpoint` is never set: `managementEndpoint` is at that address.
      ...(ipAddressType !== undefined && { ipAddressType }),
      ...protectedIf(isProtected),
    });
  }

  get id(): string {
    return this.api.id;
  }

  /** Where clients connect: `wss://…/<stage>`, or `wss://<domain>`. */
  get url(): string {
    const ofStage = this.#ofStage(`${this.api.fqn}.api_endpoint`);
    if (this.#domainVariable === undefined) return `\${${ofStage}}`;
    const domain = `var.${this.#domainVariable}`;
    return `\${${domain} == "" ? ${ofStage} : join("", ["wss://", ${domain}])}`;
  }

  /**
   * Where the service sends to connections and closes them: `https://…/<stage>`, at API Gateway's own address, also with
   * a domain. That address works from the API's first moment; the domain works when mapping and DNS do, and the
   * functions learn of it before.
   */
  get managementEndpoint(): string {
    // ws to http, and so wss to https
    return `\${${this.#ofStage(`replace(${this.api.fqn}.api_endpoint, "/^ws/", "http")`)}}`;
  }

  #ofStage(endpoint: string): string {
    return `join("/", [${endpoint}, "${this.stageName}"])`;
  }

  /** The source ARN of a route's invocations. */
  routeArn(routeKey: string): string {
    return `${this.api.executionArn}/${this.stageName}/${routeKey}`;
  }

  /** All connections of the stage, for one verb of @connections. IAM has no finer resource that is known beforehand. */
  connectionsArn(verb: 'POST' | 'GET' | 'DELETE'): string {
    return `${this.api.executionArn}/${this.stageName}/${verb}/@connections/*`;
  }
}
