(function () {
  'use strict';
  var player = document.getElementById('player');
  var video = document.getElementById('video');
  var caption = document.getElementById('caption');
  var origin = null;

  function show(text, url, from) {
    caption.textContent = text + (url ? '' : '. There is no video that a browser can play.');
    player.hidden = false;
    video.hidden = !url;
    origin = from;
    if (!url) { video.pause(); return; }
    // A new fragment of the same file alone would not be loaded.
    video.removeAttribute('src');
    video.load();
    video.src = url;
    var played = video.play();
    if (played) { played.catch(function () {}); }
  }

  function hide() {
    video.pause();
    player.hidden = true;
    if (origin && origin.focus) { origin.focus(); }
  }

  function playSegment(rect) {
    var svg = rect.ownerSVGElement;
    var on = svg.querySelector('.on');
    if (on) { on.classList.remove('on'); }
    rect.classList.add('on');
    var link = svg.closest('.timeline').dataset.video;
    show(rect.querySelector('title').textContent, link ? link + '#t=' + rect.dataset.t : '', svg);
  }

  document.addEventListener('click', function (event) {
    var link = event.target.closest('a.play');
    var rect = event.target.closest('rect.s');
    if (link) {
      event.preventDefault();
      show(link.title || link.textContent, link.getAttribute('href'), link);
    } else if (rect) {
      playSegment(rect);
    }
  });

  document.addEventListener('keydown', function (event) {
    if (event.key === 'Escape' && !player.hidden) { hide(); return; }
    if (!event.target.closest) { return; }
    var svg = event.target.closest('svg');
    if (!svg) { return; }
    var all = Array.prototype.slice.call(svg.querySelectorAll('rect.s'));
    var at = all.indexOf(svg.querySelector('.on'));
    if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      event.preventDefault();
      var next = all[at + (event.key === 'ArrowRight' ? 1 : -1)] || all[at < 0 ? 0 : at];
      if (!next) { return; }
      all.forEach(function (rect) { rect.classList.toggle('on', rect === next); });
      caption.textContent = next.querySelector('title').textContent;
      player.hidden = false;
      video.hidden = true;
      origin = svg;
    } else if (event.key === 'Enter' && at >= 0) {
      event.preventDefault();
      playSegment(all[at]);
    }
  });

  document.getElementById('close').addEventListener('click', hide);
})();
