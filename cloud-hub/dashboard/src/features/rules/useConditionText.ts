import { useTranslation } from 'react-i18next';
import { useRuleMeasures } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { formatDuration } from '../jobs/duration';
import { draftOf } from './condition';

/** A unit that says nothing beside a number: a count, or the currency of whichever store it is. */
const BARE = new Set(['', 'currency', 'pieces or kg']);

/** A condition in a sentence. */
export function useConditionText(): (condition: object) => string {
  const { t } = useTranslation('rules');
  const format = useFormat();
  const known = useRuleMeasures().data?.measures ?? [];
  const time = (minutes: string) => formatDuration(Number(minutes) * 60_000, format.locale);
  const called = (measure: string) => t(`measures.${measure}` as 'measures.refund', { defaultValue: measure.replaceAll('_', ' ') });
  return (condition) => {
    const { kind, measure: name, op, value, of, lasting, per } = draftOf(condition);
    const unit = known.find((each) => each.name === name)?.unit ?? '';
    // How often something came is a number, whatever it was measured in.
    const figure = BARE.has(unit) || (kind === 'rate' && of === 'count') ? format.number(value, 3) : format.measure(Number(value), unit, true);
    const limit = t(`op.${op}`, { value: figure });
    const measure = called(name);
    switch (kind) {
      case 'threshold':
        return Number(lasting) > 0 ? t('says.thresholdFor', { measure, limit, time: time(lasting) }) : t('says.threshold', { measure, limit });
      case 'rate':
        return t('says.rate', { measure, of: t(`of.${of}`), limit, time: time(per) });
      case 'absence':
        return t('says.absence', { measure, time: time(lasting) });
      case 'score':
        return t('says.score', { measure: name, value: format.number(value, 3) });
    }
  };
}
