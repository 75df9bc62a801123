import { mount } from 'svelte'
import './style/tokens.css'
import './style/base.css'
import './style/parts.css'
import App from './App.svelte'
import { app } from './state/app.svelte.ts'

void app.start()
const target = document.getElementById('app')
if (target) mount(App, { target })
