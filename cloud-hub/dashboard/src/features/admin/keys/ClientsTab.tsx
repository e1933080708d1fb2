import { useMachineClients, useRevokeMachineClient, type Key } from '../../../api';
import { Machines, Revoke } from './Machines';
import { NewClientDialog } from './NewClientDialog';

/** Clients: programs that trade an id and a secret for access tokens of ten minutes. */
export default function ClientsTab() {
  const query = useMachineClients();
  return (
    <Machines
      kind="clients"
      query={query}
      machines={query.data?.machine_clients ?? []}
      making={(close) => <NewClientDialog onClose={close} />}
      revoking={(subject, close) => <RevokeClient subject={subject} onClose={close} />}
    />
  );
}

function RevokeClient({ subject, onClose }: { subject: Key; onClose: () => void }) {
  const [revoke, { isLoading, error }] = useRevokeMachineClient();
  const submit = async () => {
    const answer = await revoke({ id: subject.id });
    if (!answer.error) onClose();
  };
  return <Revoke kind="clients" subject={subject} busy={isLoading} error={error} onRevoke={submit} onClose={onClose} />;
}
