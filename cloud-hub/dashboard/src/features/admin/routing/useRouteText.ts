import { useTranslation } from 'react-i18next';
import type { RouteDefinition, RouteMatch, RouteStep } from '../../../api';
import { useFormat } from '../../../i18n/useFormat';
import { formatDuration } from '../../jobs/duration';
import { minutesOf } from '../../rules/condition';
import { peopleOf } from './route';
import { useEnds } from './useEnds';

/** As many names as are told one by one; more are counted. */
const FEW = 3;

/** A route in words: which alerts, who then, who later, and when nobody. */
export function useRouteText() {
  const { t } = useTranslation('routing');
  const { locale } = useFormat();
  const ends = useEnds();
  const list = (names: string[]) => new Intl.ListFormat(locale, { type: 'conjunction' }).format(names);
  const of = (match: RouteMatch = {}) => {
    const severity = match.severity === 'critical' || match.severity === 'warning' ? match.severity : 'all';
    const stores = match.stores ?? [];
    const rules = match.rules ?? [];
    let what: string = t(`says.${severity}`);
    if (rules.length > 0 && rules.length <= FEW) what = t(rules.length === 1 ? 'says.rule' : 'says.rules', { what, rules: list(rules.map(ends.rule)) });
    if (rules.length > FEW) what = t('says.rule', { what, rules: t('says.ruleCount', { count: rules.length }) });
    if (match.tags?.length) what = t('says.tags', { what, tags: list(match.tags) });
    if (stores.length > 0) what = t('says.stores', { what, stores: stores.length <= FEW ? list(stores.map(ends.store)) : t('says.storeCount', { count: stores.length }) });
    return what;
  };
  const who = (step: RouteStep) =>
    list(
      peopleOf(step.to).map((each) => {
        const way = each.who.startsWith('webhook:') ? 'webhook' : each.inApp && each.mail ? 'both' : each.mail ? 'mail' : 'in_app';
        return t(`says.${way}`, { who: ends.nameOf(each.who) });
      }),
    );
  const later = (step: RouteStep) => t('says.then', { time: formatDuration((minutesOf(step.after) ?? 0) * 60_000, locale), who: who(step) });
  const steps = ([first, ...rest]: RouteStep[]) => (first ? [t('says.who', { who: who(first) }), ...rest.map(later)].join('; ') : '');
  const quiet = (hours: RouteDefinition['quiet']) => (hours ? t(hours.critical_passes ? 'says.quietPasses' : 'says.quiet', { from: hours.from, to: hours.to }) : t('says.noQuiet'));
  const resolved = (told: boolean) => t(told ? 'says.resolved' : 'says.notResolved');
  const whole = (route: RouteDefinition) => {
    const [first, ...rest] = route.steps;
    const way = first ? [t('says.first', { of: of(route.of), who: who(first) }), ...rest.map(later)].join('; ') : of(route.of);
    return [`${way}.`, route.quiet && quiet(route.quiet), route.tell_resolved && resolved(true)].filter(Boolean).join(' ');
  };
  return { of, steps, quiet, resolved, whole };
}
