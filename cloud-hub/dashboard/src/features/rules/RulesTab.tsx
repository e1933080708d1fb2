import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useRules, type AlertRule, type RuleState } from '../../api';
import { to } from '../../app/routes';
import { useMay } from '../../app/SessionGate';
import type { Tone } from '../../app/theme';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { Section } from '../../ui/Section';
import { SimpleTable, type Column } from '../../ui/SimpleTable';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { SEVERITY_TONE } from '../alerts/alert';
import { useNames } from '../alerts/useNames';
import { RuleDialog } from './RuleDialog';
import { useConditionText } from './useConditionText';

export const STATE_TONE: Record<RuleState, Tone> = { draft: 'quiet', active: 'good', active_with_draft: 'warn' };
const NEW = 'new';

/** What is watched for, whether it runs, and whether people found it useful. */
export default function RulesTab() {
  const { t } = useTranslation('rules');
  const may = useMay();
  const query = useRules();
  const [params, setParams] = useSearchParams();
  const open = params.get('rule');
  const show = (id: string | null) => setParams(id ? { rule: id } : {}, { replace: id === null });
  const add = may('rules.write') && (
    <Button variant="contained" startIcon={<Icon name="add" />} onClick={() => show(NEW)}>
      {t('add')}
    </Button>
  );
  return (
    <Section title={t('title')} asOf={query.data?.as_of} flush actions={query.data && query.data.rules.length > 0 && add}>
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={5} height={60} />}
        empty={(data) => (data.rules.length === 0 ? <Notice state="empty" icon="bell" title={t('empty.title')} text={t('empty.text')} action={add} /> : null)}
      >
        {(data) => <Table rules={data.rules} onOpen={show} />}
      </QueryView>
      {open && <RuleDialog key={open} id={open === NEW ? null : open} onClose={() => show(null)} onMade={show} />}
    </Section>
  );
}

function Table({ rules, onOpen }: { rules: AlertRule[]; onOpen: (id: string) => void }) {
  const { t } = useTranslation(['rules', 'alerts']);
  const format = useFormat();
  const says = useConditionText();
  const names = useNames();
  const where = (rule: AlertRule) => {
    const [only] = rule.scope.stores ?? [];
    if (only === undefined) return t('everywhere');
    return rule.scope.stores?.length === 1 ? names.store(only) : t('stores', { count: rule.scope.stores?.length ?? 0 });
  };
  const columns: Column<AlertRule>[] = [
    {
      key: 'name',
      label: t('column.name'),
      width: '44%',
      cell: (rule) => (
        <Box component="span" sx={{ display: 'block', fontWeight: 650 }}>
          {rule.name}
          <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
            {says(rule.condition)}
          </Typography>
        </Box>
      ),
    },
    { key: 'severity', label: t('column.severity'), cell: (rule) => <StatusChip tone={SEVERITY_TONE[rule.severity]} solid={false}>{t(`alerts:severities.${rule.severity}`)}</StatusChip> },
    { key: 'where', label: t('column.where'), cell: where },
    { key: 'state', label: t('column.state'), cell: (rule) => <StatusChip tone={STATE_TONE[rule.state]}>{t(`state.${rule.state}`)}</StatusChip> },
    {
      key: 'useful',
      label: t('column.useful'),
      cell: (rule) =>
        rule.precision === null ? (
          t('noVotes')
        ) : (
          <Box component={Link} to={`${to.alerts('inbox')}?show=all&rule=${rule.id}`} sx={{ color: 'primary.main', display: 'inline-flex', alignItems: 'center', minHeight: { xs: 44, sm: 0 } }}>
            {t('precision', { percent: format.number(rule.precision * 100), useful: format.number(rule.useful_votes), useless: format.number(rule.useless_votes) })}
          </Box>
        ),
    },
    {
      key: 'action',
      label: t('column.action'),
      unlabelled: true,
      cell: (rule) => (
        <Button size="small" aria-label={t('openNamed', { name: rule.name })} onClick={() => onOpen(rule.id)}>
          {t('open')}
        </Button>
      ),
    },
  ];
  return <SimpleTable caption={t('title')} columns={columns} rows={rules} rowKey={(rule) => rule.id} />;
}
