// The page that asks who you are, and then leads to where you wanted to go.

import { $ } from './dom.js';
import { loginForm } from './door.js';
import { dress } from './frame.js';

dress();
const wanted = new URLSearchParams(location.search).get('next') ?? '/';
// Only a path of ours: no other site is ever led to.
const next = /^\/(?![/\\])/.test(wanted) ? wanted : '/';
$('.content').append(loginForm(() => location.assign(next), next));
$('#login-name').focus();
