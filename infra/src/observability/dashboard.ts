import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js';
import { Construct } from 'constructs';
import type { Observed } from './observed.ts';
import { type Widget, widgetsOf } from './widgets.ts';

export interface DashboardProps {
  readonly name: string;
  readonly observed: Observed;
  /** A Terraform expression. */
  readonly region: string;
}

/** CloudWatch's grid is so wide. */
const GRID_WIDTH = 24;
const WIDGET_HEIGHT = 6;
/** Three beside each other. */
const WIDGET_WIDTH = 8;

/** The one dashboard of an environment: from what clients notice, at the top, down to what it may come from. */
export class Dashboard extends Construct {
  /** Its address in the console. */
  readonly url: string;

  constructor(scope: Construct, id: string, { name, observed, region }: DashboardProps) {
    super(scope, id);
    new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: name,
      dashboardBody: JSON.stringify({
        start: '-PT3H',
        periodOverride: 'inherit',
        widgets: widgetsOf(observed).map((widget, index) => place(widget, index, region)),
      }),
    });
    this.url = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${name}`;
  }
}

/** From left to right, row by row. */
function place(widget: Widget, index: number, region: string): Record<string, unknown> {
  const perRow = GRID_WIDTH / WIDGET_WIDTH;
  const { title } = widget;
  const body =
    widget.kind === 'logs'
      ? {
          type: 'log',
          properties: {
            title,
            region,
            view: 'table',
            query: `${widget.logGroups.map((group) => `SOURCE '${group}'`).join(' | ')} | ${widget.query}`,
          },
        }
      : {
          type: 'metric',
          properties: {
            title,
            region,
            view: 'timeSeries',
            stacked: false,
            period: widget.periodSeconds ?? 60,
            metrics: widget.lines.map((line) =>
              'search' in line
                ? [{ expression: line.search, id: line.id, label: line.label }]
                : [
                    line.metric.namespace,
                    line.metric.name,
                    ...Object.entries(line.metric.dimensions).flat(),
                    { stat: line.statistic, ...(line.label !== undefined && { label: line.label }) },
                  ],
            ),
          },
        };
  return {
    ...body,
    x: (index % perRow) * WIDGET_WIDTH,
    y: Math.floor(index / perRow) * WIDGET_HEIGHT,
    width: WIDGET_WIDTH,
    height: WIDGET_HEIGHT,
  };
}
