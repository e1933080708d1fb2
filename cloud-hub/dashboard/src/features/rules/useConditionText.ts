import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/useFormat';
import { formatDuration } from '../jobs/duration';
import { draftOf } from './condition';

/** A condition in a sentence. */
export function useConditionText(): (condition: object) => string {
  const { t } = useTranslation('rules');
  const format = useFormat();
  const time = (minutes: string) => formatDuration(Number(minutes) * 60_000, format.locale);
  return (condition) => {
    const { kind, measure, op, value, of, lasting, per } = draftOf(condition);
    const limit = t(`op.${op}`, { value: format.number(value, 3) });
    switch (kind) {
      case 'threshold':
        return Number(lasting) > 0 ? t('says.thresholdFor', { measure, limit, time: time(lasting) }) : t('says.threshold', { measure, limit });
      case 'rate':
        return t('says.rate', { measure, of: t(`of.${of}`), limit, time: time(per) });
      case 'absence':
        return t('says.absence', { measure, time: time(lasting) });
      case 'score':
        return t('says.score', { measure, value: format.number(value, 3) });
    }
  };
}
