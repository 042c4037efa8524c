// A market for Paifang: people with a member number register by phone. The
// rules are those of the module that `paifang provider new` makes in Go, and
// the same golden vectors judge both.
import ar from './messages/ar.json';
import en from './messages/en.json';
import fr from './messages/fr.json';
import ru from './messages/ru.json';
import hans from './messages/zh-Hans.json';
import hant from './messages/zh-Hant.json';
import { serve } from './provider.js';

const id = 'harbour';

const tenantSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object', additionalProperties: false,
  properties: { min_age: { type: 'integer', minimum: 14, maximum: 25, default: 18 } },
};

const field = (step, name, type, pii, more = {}) =>
  ({ name, type, pii, required: true, label: `${id}.${step}.${name}.label`, ...more });

const flow = {
  market: id,
  title: `${id}.title`,
  summary: `${id}.summary`,
  review: 'always',
  checks: ['age', 'duplicate_person'],
  steps: [{
    id: 'account', kind: 'contact', title: `${id}.account.title`, intro: `${id}.account.intro`, consents: ['terms', 'privacy'],
    proof: { channel: 'phone', field: 'phone', ttl: { seconds: 600 }, login: true },
    fields: [
      field('account', 'phone', 'phone', 'contact', { autocomplete: 'tel' }),
      field('account', 'human', 'human_test', 'none'),
      field('account', 'consent', 'consent', 'none'),
    ],
  }, {
    id: 'profile', kind: 'profile', title: `${id}.profile.title`,
    fields: [
      field('profile', 'full_name', 'name', 'identity', { constraint: { max_length: 200 }, autocomplete: 'name' }),
      field('profile', 'number', 'identity_number', 'identity',
        { constraint: { max_length: 20 }, autocomplete: 'off', help: `${id}.profile.number.help` }),
      field('profile', 'birth_date', 'date', 'identity', { autocomplete: 'bday' }),
    ],
  }, {
    id: 'credentials', kind: 'credentials', title: `${id}.credentials.title`,
    fields: [field('credentials', 'login_password', 'password', 'secret',
      { constraint: { min_length: 8, max_length: 128 }, autocomplete: 'new-password' })],
  }],
  tiers: [{ id: 'basic', label: `${id}.tiers.basic.label`, allows: [`${id}.allows.buy`] }],
};

// minimumAge reads a tenant's configuration; it throws when that is not good.
function minimumAge(config) {
  if (config.length === 0) return 18;
  const { min_age: age = 18, ...unknown } = JSON.parse(config.toString('utf8'));
  if (Object.keys(unknown).length > 0 || !Number.isInteger(age) || age < 14 || age > 25) throw new Error('configuration');
  return age;
}

// day reads YYYY-MM-DD as a day of the calendar, midnight UTC; null if it is none.
function day(text) {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  return at && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) ? at : null;
}

function profile(question) {
  const minimum = minimumAge(question.tenant_config);
  const typed = question.values;
  const problems = [];
  const number = (typed.number ?? '').replace(/[ .-]/g, '');
  if (!/^\d{8}$/.test(number)) {
    problems.push({ path: 'number', code: 'field.number_length' });
  } else if ([...number.slice(0, 7)].reduce((sum, digit) => sum + Number(digit), 0) % 10 !== Number(number[7])) {
    problems.push({ path: 'number', code: 'field.number_check_digit' });
  }
  const birth = day(typed.birth_date ?? '');
  if (!birth) {
    problems.push({ path: 'birth_date', code: 'field.date' });
  } else {
    birth.setUTCFullYear(birth.getUTCFullYear() + minimum);
    if (birth.getTime() > question.now) {
      problems.push({ path: 'birth_date', code: 'policy.underage', params: { min_age: String(minimum) } });
    }
  }
  if (problems.length > 0) return { problems };
  const name = (typed.full_name ?? '').trim().split(/\s+/u).join(' ');
  return {
    normalized: { full_name: name, number },
    identities: [{ class: 'member_number', value: number }],
    tier: 'basic',
  };
}

serve({
  id,
  version: '1.0.0',
  tenantSchema,
  flow,
  messages: { ar, en, fr, ru, 'zh-Hans': hans, 'zh-Hant': hant },
  validateTenant(config) { minimumAge(config); },
  evaluate: (question) => (question.step === 'profile' ? profile(question) : {}),
});
