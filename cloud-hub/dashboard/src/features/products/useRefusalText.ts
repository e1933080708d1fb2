import { useTranslation } from 'react-i18next';
import type { Refusal } from './refused';

/** What stands below a field that the hub refused; undefined below every other. */
export function useRefusalText(): (refusal: Refusal | null, field: string) => string | undefined {
  const { t } = useTranslation('products');
  return (refusal, field) => {
    if (refusal?.field !== field) return undefined;
    if ('says' in refusal) return t('fault.refused', { why: refusal.says });
    return refusal.by ? t('fault.takenBy', { sku: refusal.by }) : t(`fault.taken.${refusal.taken}`);
  };
}
