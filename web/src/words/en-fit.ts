// English: a scenario fitted to the observed curve.
import type { viFit } from './vi-fit.ts'

export const enFit: Record<keyof typeof viFit, string> = {
  'fit.title': 'Fit to the observed curve: {1}',
  'fit.observed': 'Cases observed',
  'fit.band95': '95 % interval of the model',
  'fit.band50': '50 % interval of the model',
  'fit.median': 'Median of the model',
  'fit.say': 'Fitted to the cases up to {1}. By {2} the model expects {3} cases a day (95 % interval {4} – {5}) if transmission goes on changing as before.',
  'fit.note': 'The bands after the last day with counts are a forecast from the very runs that were fitted.',
  'fit.badge.good': 'Fits',
  'fit.badge.vague': 'Says little',
  'fit.badge.poor': 'Does not fit',
  'fit.held': 'Of the days with counts, {1} % lie in the 95 % interval and {2} % in the 50 % interval.',
  'fit.poor': 'The model cannot make counts like these: do not rely on this forecast. Leave more levers free, or wider.',
  'fit.vague': 'The runs still lie far from the counts: cases are few, or too small a share of the people is simulated, so chance makes these intervals. Begin when there are more cases, or simulate a larger share.',
  'fit.how': '{1} runs were moved towards the counts in {2} steps.',
  'fit.transmission': 'In the week from {1} each contact transmitted {2} times as much as on the first day (95 % interval {3} – {4}).',
  'fit.free': 'Lever left free',
  'fit.after': 'After the fit',
  'fit.before': 'Before the fit',
  'fit.dispersion': 'Scatter k of the reports (small: wide)',
  'fit.want': 'Fit to the daily cases of the unit',
  'fit.want.help': 'R0, the infected at the start, the share of the sick who get tested and the transmission of each week are learnt from the cases since the first day; the runs go on from there. Choose a first day some weeks ago. Takes longer.',
}
