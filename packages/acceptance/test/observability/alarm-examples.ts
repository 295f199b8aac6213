/**
 * The examples of Amazon CloudWatch's User Guide, "How alarm state is evaluated when data is missing": values of five
 * periods, oldest first (`0` within the threshold, `X` over it, `-` missing), for alarms that look at three; and the
 * state by what the alarm does with missing data. `RETAIN`: it stays as it was.
 */
export const examples = [
  { datapointsToAlarm: 3, points: '0 - X - X', missing: 'OK', ignore: 'OK', breaching: 'OK', notBreaching: 'OK' },
  { datapointsToAlarm: 3, points: '0 - - - -', missing: 'OK', ignore: 'OK', breaching: 'OK', notBreaching: 'OK' },
  {
    datapointsToAlarm: 3,
    points: '- - - - -',
    missing: 'INSUFFICIENT_DATA',
    ignore: 'RETAIN',
    breaching: 'ALARM',
    notBreaching: 'OK',
  },
  {
    datapointsToAlarm: 3,
    points: '0 X X - X',
    missing: 'ALARM',
    ignore: 'ALARM',
    breaching: 'ALARM',
    notBreaching: 'ALARM',
  },
  {
    datapointsToAlarm: 3,
    points: '- - X - -',
    missing: 'ALARM',
    ignore: 'RETAIN',
    breaching: 'ALARM',
    notBreaching: 'OK',
  },
  {
    datapointsToAlarm: 2,
    points: '0 - X - X',
    missing: 'ALARM',
    ignore: 'ALARM',
    breaching: 'ALARM',
    notBreaching: 'ALARM',
  },
  {
    datapointsToAlarm: 2,
    points: '0 0 X 0 X',
    missing: 'ALARM',
    ignore: 'ALARM',
    breaching: 'ALARM',
    notBreaching: 'ALARM',
  },
  { datapointsToAlarm: 2, points: '0 - X - -', missing: 'OK', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' },
  { datapointsToAlarm: 2, points: '- - - - 0', missing: 'OK', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' },
  {
    datapointsToAlarm: 2,
    points: '- - - X -',
    missing: 'ALARM',
    ignore: 'RETAIN',
    breaching: 'ALARM',
    notBreaching: 'OK',
  },
] as const;
