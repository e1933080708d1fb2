import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreatePrivacyRequest, usePeople, type PrivacyKind } from '../../../api';
import { FormDialog } from '../../../ui/FormDialog';
import { Choice } from '../../../ui/Choice';
import { calledAs } from '../people/person';

const KINDS: readonly PrivacyKind[] = ['access', 'portability', 'erasure'];
const REASONS = ['request', 'consent', 'objection', 'unlawful', 'retention', 'closed'] as const;

/** Who asks for what. An erasure only shows what would go: nothing is erased before it is confirmed. */
export function NewRequestDialog({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const { t } = useTranslation('office');
  const people = usePeople();
  const [create, { isLoading, error }] = useCreatePrivacyRequest();
  const [kind, setKind] = useState<PrivacyKind>('access');
  const [about, setAbout] = useState<'customer' | 'person'>('customer');
  const [customer, setCustomer] = useState('');
  const [person, setPerson] = useState('');
  const [reason, setReason] = useState<string>('request');
  const [tried, setTried] = useState(false);
  const lacks = about === 'customer' ? !customer.trim() : !person;
  const submit = async () => {
    setTried(true);
    if (lacks) return;
    const subject = about === 'customer' ? { customer_id: customer.trim() } : { user_id: person };
    const answer = await create({ newPrivacyRequest: { kind, reason, ...subject } });
    if (!answer.data) return;
    onClose();
    onMade(answer.data.id);
  };
  return (
    <FormDialog title={t('privacy.add')} submit={t(kind === 'erasure' ? 'privacy.showWhat' : 'privacy.answer')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error}>
      <TextField select label={t('privacy.column.what')} value={kind} onChange={(event) => setKind(event.target.value as PrivacyKind)} helperText={t(`privacy.kindMeans.${kind}`)}>
        {KINDS.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`privacy.kind.${each}`)}
          </MenuItem>
        ))}
      </TextField>
      <Choice label={t('privacy.about')} value={about} onChange={setAbout} options={[{ value: 'customer', label: t('privacy.customer') }, { value: 'person', label: t('privacy.person') }]} />
      {about === 'customer' ? (
        <TextField required label={t('privacy.number')} value={customer} autoComplete="off" onChange={(event) => setCustomer(event.target.value)} error={tried && lacks} helperText={tried && lacks ? t('privacy.numberMissing') : t('privacy.numberHelp')} slotProps={{ htmlInput: { maxLength: 128 } }} />
      ) : (
        <TextField select required label={t('privacy.person')} value={person} onChange={(event) => setPerson(event.target.value)} error={tried && lacks} helperText={tried && lacks ? t('privacy.personMissing') : undefined}>
          {(people.data?.users ?? []).map((each) => (
            <MenuItem key={each.id} value={each.id}>
              {calledAs(each)}
            </MenuItem>
          ))}
        </TextField>
      )}
      <TextField select label={t('privacy.reason')} value={reason} onChange={(event) => setReason(event.target.value)}>
        {REASONS.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`privacy.reasons.${each}`)}
          </MenuItem>
        ))}
      </TextField>
    </FormDialog>
  );
}
