import { Apigatewayv2ApiMapping } from '@cdktf/provider-aws/lib/apigatewayv2-api-mapping/index.js';
import { Apigatewayv2DomainName } from '@cdktf/provider-aws/lib/apigatewayv2-domain-name/index.js';
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record/index.js';
import { TerraformCount, Token } from 'cdktf';
import { Construct } from 'constructs';
import type { WebSocketApi } from './web-socket-api.ts';
import type { WebSocketStage } from './web-socket-stage.ts';

export interface CustomDomainProps {
  readonly api: WebSocketApi;
  readonly stage: WebSocketStage;
}

/**
 * The domain of the variables `domain_name`, `certificate_arn` and `hosted_zone_id`, if they are given: the stage
 * answers at its root, for clients (`wss://<domain>`) and for the service (`https://<domain>/@connections/…`).
 */
export class CustomDomain extends Construct {
  /** What a DNS record must point at; empty without a domain. */
  readonly target: string;

  constructor(scope: Construct, id: string, { api, stage }: CustomDomainProps) {
    super(scope, id);
    const when = (condition: string) => TerraformCount.of(Token.asNumber(`\${${condition} ? 1 : 0}`));
    const domain = new Apigatewayv2DomainName(this, 'domain', {
      count: when(`var.${domainVariable} != ""`),
      domainName: `\${var.${domainVariable}}`,
      domainNameConfiguration: {
        certificateArn: `\${var.certificate_arn}`,
        endpointType: 'REGIONAL',
        securityPolicy: 'TLS_1_2', // the only one that there is for WebSocket APIs
      },
    });
    new Apigatewayv2ApiMapping(this, 'mapping', {
      count: when(`var.${domainVariable} != ""`),
      apiId: api.id,
      domainName: `\${${domain.fqn}[0].id}`,
      // Without a mapping key: the address of @connections would end with the key, not with the stage.
      stage: stage.stage.id,
    });
    const configuration = `${domain.fqn}[0].domain_name_configuration[0]`;
    new Route53Record(this, 'record', {
      count: when('var.hosted_zone_id != ""'),
      zoneId: `\${var.hosted_zone_id}`,
      name: `\${var.${domainVariable}}`,
      type: 'A',
      alias: {
        name: `\${${configuration}.target_domain_name}`,
        zoneId: `\${${configuration}.hosted_zone_id}`,
        evaluateTargetHealth: false,
      },
    });
    this.target = `\${var.${domainVariable} == "" ? "" : ${configuration}.target_domain_name}`;
  }
}

/** The API's addresses depend on it, too. */
export const domainVariable = 'domain_name';
