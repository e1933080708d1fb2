import { useTranslation } from 'react-i18next';
import { useKeys, useMachineClients, usePeople } from '../../../api';
import { useMay } from '../../../app/SessionGate';
import { calledAs } from '../people/person';

const HUB = '00000000-0000-0000-0000-000000000000';

/** Names of those who act. The log itself holds ids only: it outlives people's right to be forgotten. */
export function useActors() {
  const { t } = useTranslation('admin');
  const may = useMay();
  const people = usePeople(undefined, { skip: !may('users.read') });
  const keys = useKeys(undefined, { skip: !may('keys.write') });
  const clients = useMachineClients(undefined, { skip: !may('keys.write') });
  const known = [
    ...(people.data?.users ?? []).map((person) => ({ id: person.id, name: calledAs(person) })),
    ...[...(keys.data?.keys ?? []), ...(clients.data?.machine_clients ?? [])].map((key) => ({ id: key.id, name: key.name })),
  ];
  const nameOf = (id: string) =>
    id === HUB ? t('audit.hub') : (known.find((each) => each.id === id)?.name ?? t('audit.unknown', { id: id.slice(0, 8) }));
  return { known, nameOf };
}
