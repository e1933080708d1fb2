import { useTranslation } from 'react-i18next';
import { usePeople, useStores, type By } from '../../api';
import { useMay, useSession } from '../../app/SessionGate';
import { calledAs } from '../admin/people/person';

/** Stores, people and programs by name, as far as whoever looks may know them. */
export function useNames() {
  const { t } = useTranslation('alerts');
  const may = useMay();
  const { user } = useSession();
  const stores = useStores(undefined, { skip: !may('stores.read') });
  const people = usePeople(undefined, { skip: !may('users.read') });
  const person = (id: string) => {
    if (id === user.id) return t('you');
    const found = people.data?.users.find((each) => each.id === id);
    return found ? calledAs(found) : t('someone');
  };
  return {
    me: user.id,
    stores: stores.data?.stores ?? [],
    people: people.data?.users.filter((each) => each.disabled_at === null) ?? [],
    store: (id: string) => stores.data?.stores.find((each) => each.id === id)?.name ?? t('aStore'),
    zone: (id: string) => stores.data?.stores.find((each) => each.id === id)?.timezone,
    person,
    by: ({ kind, id }: By) => (kind === 'person' && id ? person(id) : t(kind === 'key' ? 'aProgram' : 'theHub')),
  };
}
