// Without this script the links do the same: the section that the address names is the one that is shown.
const choice = document.getElementById("choice");
const follow = () => {
  const id = location.hash.slice(1);
  if ([...choice.options].some((option) => option.value === id)) choice.value = id;
};
choice.parentElement.hidden = false;
choice.addEventListener("change", () => { location.hash = choice.value; });
addEventListener("hashchange", () => { follow(); scrollTo(0, 0); });
follow();
