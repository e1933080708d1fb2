import { useKeys, useRevokeKey, type Key } from '../../../api';
import { Machines, Revoke } from './Machines';
import { NewKeyDialog } from './NewKeyDialog';

/** Keys: what a program shows with each request. */
export default function KeysTab() {
  const query = useKeys();
  return (
    <Machines
      kind="keys"
      query={query}
      machines={query.data?.keys ?? []}
      making={(close) => <NewKeyDialog onClose={close} />}
      revoking={(subject, close) => <RevokeKey subject={subject} onClose={close} />}
    />
  );
}

function RevokeKey({ subject, onClose }: { subject: Key; onClose: () => void }) {
  const [revoke, { isLoading, error }] = useRevokeKey();
  const submit = async () => {
    const answer = await revoke({ id: subject.id });
    if (!answer.error) onClose();
  };
  return <Revoke kind="keys" subject={subject} busy={isLoading} error={error} onRevoke={submit} onClose={onClose} />;
}
