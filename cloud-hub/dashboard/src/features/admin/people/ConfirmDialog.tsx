import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useChangePerson, useEndPersonsSignIns, useInvitePerson, usePerson, versionOf, type Person } from '../../../api';
import { FormDialog } from '../../../ui/FormDialog';
import { calledAs } from './person';

interface ConfirmProps {
  act: 'invite' | 'end' | 'shutOut' | 'letIn';
  person: Person;
  onClose: () => void;
  onDone: (said: string) => void;
}

/** What happens to a person's sign-ins, said before it happens. */
export function ConfirmDialog({ act, person, onClose, onDone }: ConfirmProps) {
  const { t } = useTranslation('admin');
  const who = calledAs(person);
  const versioned = act === 'shutOut' || act === 'letIn';
  // Lists carry no version, and a change must name one.
  const { data, error: notRead } = usePerson({ id: person.id }, { skip: !versioned });
  const [end, ending] = useEndPersonsSignIns();
  const [change, changing] = useChangePerson();
  const [invite, inviting] = useInvitePerson();
  const submit = async () => {
    if (act === 'invite') {
      const answer = await invite({ id: person.id });
      if (answer.data) onDone(t(answer.data.mail_server ? 'people.done.invited' : 'people.done.mailWaits', { who }));
      return;
    }
    if (act === 'end') {
      const answer = await end({ id: person.id });
      if (!answer.error) onDone(t('people.done.ended', { who }));
      return;
    }
    if (!data) return;
    const answer = await change({ id: person.id, 'If-Match': versionOf(data), personChange: { disabled: act === 'shutOut' } });
    if (answer.data) onDone(t(`people.done.${act}`, { who }));
  };
  return (
    <FormDialog
      title={t(`confirm.${act}`, { who })}
      submit={t(`people.action.${act}`)}
      onSubmit={submit}
      onClose={onClose}
      busy={inviting.isLoading || ending.isLoading || changing.isLoading || (versioned && !data && !notRead)}
      error={inviting.error ?? ending.error ?? changing.error ?? notRead}
      grave={act === 'shutOut'}
    >
      <Typography variant="body2">{t(`confirm.${act}Text`)}</Typography>
    </FormDialog>
  );
}
