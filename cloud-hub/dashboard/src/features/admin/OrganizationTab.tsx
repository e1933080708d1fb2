import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeOrganization, useOrganization, versionOf, type Organization } from '../../api';
import { PROBLEM, problemOf } from '../../api/problem';
import { useMay, useSession } from '../../app/SessionGate';
import { useFormat } from '../../i18n/useFormat';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { Section } from '../../ui/Section';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { Fact } from '../stores/StoreTable';
import { Conflict, type Difference } from './Conflict';

/** What the organization is called and trades in. */
export default function OrganizationTab() {
  const { t } = useTranslation('admin');
  const { user } = useSession();
  const query = useOrganization({ id: user.organization_id });
  return (
    <Section title={t('organization.title')} asOf={query.data?.as_of}>
      <QueryView query={query} skeleton={<RowsSkeleton rows={3} height={56} />}>
        {(organization) => <Settings now={organization} />}
      </QueryView>
    </Section>
  );
}

function Settings({ now }: { now: Organization }) {
  const { t } = useTranslation(['admin', 'translation']);
  const format = useFormat();
  const writes = useMay()('organization.write');
  const [change, { isLoading, error, isSuccess, reset }] = useChangeOrganization();
  // What is edited starts from the version that was on screen when the first key was pressed.
  const [edited, setEdited] = useState<{ from: Organization; name: string; industry: string } | null>(null);
  const name = edited?.name ?? now.name;
  const industry = edited?.industry ?? now.industry ?? '';
  const [tried, setTried] = useState(false);
  const edit = (part: { name?: string; industry?: string }) => {
    setEdited({ from: edited?.from ?? now, name, industry, ...part });
    reset();
  };
  const discard = () => {
    setEdited(null);
    reset();
  };
  const save = async (version: string) => {
    setTried(true);
    if (!edited || !name.trim()) return;
    const organizationChange = {
      ...(name.trim() !== edited.from.name && { name: name.trim() }),
      ...(industry.trim() && industry.trim() !== edited.from.industry && { industry: industry.trim() }),
    };
    const answer = await change({ id: now.id, 'If-Match': version, organizationChange });
    if (answer.data) setEdited(null);
  };
  const stale = problemOf(error, PROBLEM.stale) !== null;
  const newer = edited !== null && versionOf(edited.from) !== versionOf(now);
  const differences: Difference[] = [];
  if (edited && name.trim() !== edited.from.name && name.trim() !== now.name) differences.push({ field: 'name', theirs: now.name, mine: name.trim() });
  if (edited && industry.trim() !== (edited.from.industry ?? '') && industry.trim() !== (now.industry ?? '')) {
    differences.push({ field: 'industry', theirs: now.industry ?? '', mine: industry.trim() });
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(versionOf(edited?.from ?? now));
  };
  return (
    <Box component="form" noValidate onSubmit={submit} sx={{ display: 'grid', gap: 2, maxWidth: 560 }}>
      {stale && newer && <Conflict differences={differences} busy={isLoading} onMine={() => void save(versionOf(now))} onTheirs={discard} />}
      {Boolean(error) && !stale && <ProblemAlert error={error} />}
      {!writes && (
        <Typography variant="body2" color="textSecondary">
          {t('organization.readOnly')}
        </Typography>
      )}
      <TextField
        required
        label={t('organization.name')}
        value={name}
        disabled={!writes || stale}
        onChange={(event) => edit({ name: event.target.value })}
        error={tried && !name.trim()}
        helperText={tried && !name.trim() ? t('organization.nameMissing') : undefined}
      />
      <TextField
        label={t('organization.industry')}
        value={industry}
        disabled={!writes || stale}
        onChange={(event) => edit({ industry: event.target.value })}
        helperText={t('organization.industryHelp')}
      />
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' }, gap: 1.5, m: 0 }}>
        <Fact label={t('organization.since')} value={format.time(now.created_at, 'date')} />
        <Fact label={t('organization.id')} value={now.id} />
      </Box>
      {writes && !stale && (
        <Box sx={{ display: 'flex', gap: 1, alignItems: 'center' }}>
          <Button type="submit" variant="contained" loading={isLoading} disabled={!edited}>
            {t('organization.save')}
          </Button>
          {edited && <Button onClick={discard}>{t('translation:cancel')}</Button>}
          <Typography role="status" variant="body2" color="textSecondary">
            {isSuccess && !edited ? t('organization.saved') : ''}
          </Typography>
        </Box>
      )}
    </Box>
  );
}
