import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useVerifyEvidence, type EvidenceVerified } from '../../api';
import { to } from '../../app/routes';
import { useFormat } from '../../i18n/useFormat';
import { FormDialog } from '../../ui/FormDialog';

/** The hub takes no longer body, and the text grows a little on its way. */
const MOST_BYTES = 7_500_000;
const HASH = /^[0-9a-f]{64}$/i;

/** An evidence file is checked link by link, whoever brings it. */
export default function VerifyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('cases');
  const [verify, { isLoading, error, data, reset }] = useVerifyEvidence();
  const [file, setFile] = useState<File | null>(null);
  const [head, setHead] = useState('');
  const [tried, setTried] = useState(false);
  const tooLong = file !== null && file.size > MOST_BYTES;
  const wrongHead = head.trim() !== '' && !HASH.test(head.trim());
  const submit = async () => {
    setTried(true);
    if (!file || tooLong || wrongHead) return;
    await verify({ evidenceToVerify: { evidence: await file.text(), head: head.trim().toLowerCase() || null } });
  };
  return (
    <FormDialog title={t('check.title')} submit={t('check.submit')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} maxWidth="sm">
      <Typography variant="body2">{t('check.help')}</Typography>
      <TextField
        required
        autoFocus
        type="file"
        label={t('check.file')}
        error={tooLong || (tried && !file)}
        helperText={tooLong ? t('check.tooLong') : tried && !file ? t('check.noFile') : t('check.fileHelp')}
        onChange={(event) => {
          setFile((event.target as HTMLInputElement).files?.[0] ?? null);
          reset();
        }}
        slotProps={{ inputLabel: { shrink: true }, htmlInput: { accept: '.jsonl,application/jsonl,text/plain' } }}
      />
      <TextField
        label={t('check.head')}
        value={head}
        error={tried && wrongHead}
        helperText={t(tried && wrongHead ? 'check.wrongHead' : 'check.headHelp')}
        onChange={(event) => {
          setHead(event.target.value);
          reset();
        }}
        slotProps={{ htmlInput: { autoComplete: 'off', spellCheck: false } }}
      />
      {data && <Said said={data} />}
    </FormDialog>
  );
}

function Said({ said }: { said: EvidenceVerified }) {
  const { t } = useTranslation('cases');
  const format = useFormat();
  return (
    <Alert severity={said.intact ? 'success' : 'error'} variant="outlined" role="status" data-intact={said.intact} sx={{ '& .MuiAlert-message': { minWidth: 0, overflowWrap: 'anywhere' } }}>
      <AlertTitle>{t(said.intact ? 'check.intact' : 'check.altered')}</AlertTitle>
      {said.intact ? t('check.entries', { count: said.entries, shown: format.number(said.entries) }) : said.line !== null ? t('check.line', { line: format.number(said.line), how: said.altered ?? '' }) : said.altered}
      {said.head && <Box sx={{ fontFamily: 'monospace', fontSize: '0.75rem', mt: 0.5 }}>{said.head}</Box>}
      {said.case_id && (
        <Box component={Link} to={to.case(said.case_id)} sx={{ color: 'inherit', display: 'inline-flex', alignItems: 'center', minHeight: 44 }}>
          {t('check.openCase')}
        </Box>
      )}
    </Alert>
  );
}
