import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useActOnAlerts, type AlertCommand } from '../../api';

/** Carries a command out on some alerts; each is done or refused by itself, and that is said. */
export function useAct() {
  const { t } = useTranslation('alerts');
  const [send, { isLoading, error }] = useActOnAlerts();
  const [refused, setRefused] = useState<string[]>([]);
  const act = async (ids: readonly string[], command: AlertCommand): Promise<boolean> => {
    setRefused([]);
    const answer = await send({ bulkAlerts: { ids: [...ids], command } });
    if (!answer.data) return false;
    const not = answer.data.outcomes.filter((each) => !each.done);
    setRefused([...new Set(not.map((each) => each.refused ?? t('notDone')))]);
    return not.length === 0;
  };
  return { act, busy: isLoading, error, refused, forget: () => setRefused([]) };
}
