// A click on a demo user fills in the form.
for (const button of document.querySelectorAll('[data-email]')) {
  button.addEventListener('click', () => {
    document.getElementById('email').value = button.dataset.email;
    document.getElementById('password').value = button.dataset.password;
    document.querySelector('form button[type=submit]').focus();
  });
}
